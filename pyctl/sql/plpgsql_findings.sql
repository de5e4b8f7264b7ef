-- What plpgsql_check says about every function of ours; a trigger function once for each of its
-- tables, because its rows have the columns of that table. One that no table has (a drain gives it to
-- its tables) is checked as if visits had it.
select
    findings.functionid::regprocedure::text as routine,
    schemas.nspname as schema,
    routines.proname as name,
    tables.tgrelid::regclass::text as on_table,
    findings.lineno as line,
    findings.level,
    findings.message,
    findings.detail,
    findings.hint
from pg_proc as routines
inner join pg_namespace as schemas on routines.pronamespace = schemas.oid
inner join pg_language as languages on routines.prolang = languages.oid
left join (
    select distinct
        pg_trigger.tgfoid,
        pg_trigger.tgrelid,
        pg_trigger.tgoldtable,
        pg_trigger.tgnewtable
    from pg_trigger
    where not pg_trigger.tgisinternal and pg_trigger.tgparentid = 0
) as tables on routines.oid = tables.tgfoid
cross join lateral extensions.plpgsql_check_function_tb(
    funcoid => routines.oid,
    relid => coalesce(
        tables.tgrelid, case routines.prorettype when 'trigger'::regtype then 'app.sessions'::regclass else 0 end
    ),
    oldtable => tables.tgoldtable,
    newtable => tables.tgnewtable,
    fatal_errors => false,
    other_warnings => true,
    extra_warnings => true,
    performance_warnings => false,
    security_warnings => true
) as findings
where languages.lanname = 'plpgsql' and schemas.nspname in ('app', 'access', 'ops', 'api', 'reporting')
order by schemas.nspname, routines.proname, findings.lineno
