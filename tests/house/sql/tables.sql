select pg_class.relname
from pg_catalog.pg_class
join pg_catalog.pg_namespace on pg_namespace.oid = pg_class.relnamespace
where pg_namespace.nspname in ('app', 'access', 'ops') and pg_class.relkind in ('r', 'p') and not pg_class.relispartition
