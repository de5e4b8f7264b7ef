-- Our functions and procedures as they are now; version changes with every replacement.
select
    pg_proc.oid::bigint as oid,
    pg_proc.xmin::text as version,
    pg_namespace.nspname as schema,
    pg_proc.proname as name,
    format(
        '%%I.%%I(%%s)', pg_namespace.nspname, pg_proc.proname,
        pg_get_function_identity_arguments(pg_proc.oid)
    ) as signature
from pg_proc
inner join pg_namespace on pg_proc.pronamespace = pg_namespace.oid
where
    pg_namespace.nspname in ('app', 'access', 'ops', 'api')
    and pg_proc.prokind <> 'a'
    and not exists (
        select 1
        from pg_depend
        where
            pg_depend.classid = 'pg_proc'::regclass
            and pg_depend.objid = pg_proc.oid
            and pg_depend.deptype = 'e'
    )
    and (pg_proc.proname = %(name)s or %(name)s::text is null)
    and (pg_namespace.nspname = %(schema)s or %(schema)s::text is null)
order by 5
