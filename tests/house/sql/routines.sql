select pg_namespace.nspname, pg_proc.proname
from pg_catalog.pg_proc
join pg_catalog.pg_namespace on pg_namespace.oid = pg_proc.pronamespace
where pg_namespace.nspname in ('app', 'access', 'ops', 'api', 'reporting')
