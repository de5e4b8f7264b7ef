-- Where the server keeps its data, its clock, and whether it is on its way back from a crash.
select
    (select pg_settings.setting from pg_catalog.pg_settings where pg_settings.name = 'data_directory') as data_directory,
    extract(epoch from clock_timestamp())::float8 as clock,
    pg_is_in_recovery() as in_recovery,
    exists (
        select from pg_catalog.pg_class
        inner join pg_catalog.pg_namespace on pg_class.relnamespace = pg_namespace.oid
        where pg_namespace.nspname = 'ops' and pg_class.relname = 'deploys'
    ) as is_ours
