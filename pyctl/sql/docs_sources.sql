-- The text of every function of ours, from which the errors that it can raise are read.
select
    pg_namespace.nspname || '.' || pg_proc.proname as name,
    pg_get_functiondef(pg_proc.oid) as text
from pg_catalog.pg_proc
inner join pg_catalog.pg_namespace on pg_proc.pronamespace = pg_namespace.oid
where pg_namespace.nspname in ('app', 'access', 'ops', 'api') and pg_proc.prokind in ('f', 'p')
