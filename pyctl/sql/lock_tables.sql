-- What a live deploy locks, in the order in which ingest takes its locks. Children of partitioned
-- tables are locked with their parent.
select format('%I.%I', pg_namespace.nspname, pg_class.relname) as name
from pg_class
inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
left join unnest(array['sites', 'sessions', 'events', 'calls', 'conversions'])
    with ordinality as first_ones (relname, place)
    on pg_namespace.nspname = 'app' and pg_class.relname = first_ones.relname
where
    pg_namespace.nspname in ('app', 'access', 'ops')
    and pg_class.relkind in ('r', 'p')
    and not pg_class.relispartition
    and not exists (
        select 1
        from pg_depend
        where
            pg_depend.classid = 'pg_class'::regclass
            and pg_depend.objid = pg_class.oid
            and pg_depend.deptype = 'e'
    )
order by
    first_ones.place nulls last,
    array_position(array['app', 'access', 'ops']::name[], pg_namespace.nspname),
    pg_class.relname
