-- Tables that the source may put rows into, and the columns that differ each time.
select
    pg_class.oid::regclass::text as name,
    array(
        select pg_attribute.attname::text from pg_attribute
        where
            pg_attribute.attrelid = pg_class.oid and pg_attribute.attnum > 0
            and (
                pg_attribute.atttypid = 'timestamptz'::regtype
                or pg_attribute.attidentity <> ''
                or (pg_class.oid = to_regclass('access.secrets') and pg_attribute.attname = 'value')
            )
    ) as left_out
from pg_class
inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
where
    pg_namespace.nspname in ('app', 'access', 'ops') and pg_class.relkind = 'r' and not pg_class.relispartition
    -- the ledger, and what has facts of its own
    and format('%s.%s', pg_namespace.nspname, pg_class.relname) not in (
        'ops.deploys', 'ops.migrations', 'ops.scripts', 'ops.jobs', 'app.call_transitions'
    )
order by name
