-- What stands on a view of ours, however far away, and is not ours.
with recursive dependent (classid, objid) as (
    select
        'pg_class'::regclass::oid,
        %(view)s::regclass::oid
    union
    select
        case when pg_depend.classid = 'pg_rewrite'::regclass then 'pg_class'::regclass::oid else pg_depend.classid end,
        coalesce(pg_rewrite.ev_class, pg_depend.objid)
    from dependent
    inner join pg_depend
        on pg_depend.refclassid = dependent.classid and pg_depend.refobjid = dependent.objid
    left join pg_rewrite on pg_depend.classid = 'pg_rewrite'::regclass and pg_rewrite.oid = pg_depend.objid
)

select
    identified.type as kind,
    identified.identity as name,
    coalesce(pg_class.relowner, pg_proc.proowner, pg_type.typowner)::regrole::text as owner
from dependent
cross join lateral pg_identify_object(dependent.classid, dependent.objid, 0) as identified
left join pg_class on dependent.classid = 'pg_class'::regclass and pg_class.oid = dependent.objid
left join pg_proc on dependent.classid = 'pg_proc'::regclass and pg_proc.oid = dependent.objid
left join pg_type on dependent.classid = 'pg_type'::regclass and pg_type.oid = dependent.objid
where
    identified.schema is distinct from 'reporting'
    -- the row type of a relation goes with it
    and coalesce(pg_type.typrelid, 0) = 0
    and coalesce(pg_type.typelem, 0) = 0
order by 1, 2
