-- Other routines whose body is bound to one of these.
select pg_depend.objid::regprocedure::text as routine
from pg_depend
where
    pg_depend.classid = 'pg_proc'::regclass
    and pg_depend.refclassid = 'pg_proc'::regclass
    and pg_depend.refobjid = any(%(routines)s::bigint[]::oid[])
    and pg_depend.objid <> all(%(routines)s::bigint[]::oid[])
