-- Our views for analysts, as they stand in the database.
select
    pg_class.relname as name,
    format('%I.%I', pg_namespace.nspname, pg_class.relname) as qualified
from pg_class
inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
where pg_namespace.nspname = 'reporting' and pg_class.relkind = 'v'
order by pg_class.relname
