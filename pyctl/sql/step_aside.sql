-- The server changes no column that a body or a view is bound to. So these let go of the tables until they are replayed:
-- the same objects, so that analysts' views on them stay, but empty. A step that calls such a function fails.
do $$
declare
    v_statement text;
begin
    for v_statement in
        select format(
            'create or replace %s %I.%I(%s)%s language plpgsql as %L',
            case pg_proc.prokind when 'p' then 'procedure' else 'function' end, pg_namespace.nspname, pg_proc.proname,
            pg_get_function_arguments(pg_proc.oid), ' returns ' || pg_get_function_result(pg_proc.oid),
            format(
                'begin raise exception using message = %L, hint = %L; end',
                pg_proc.oid::regprocedure || ' has stepped aside, so that tables can be changed',
                'What calls it comes in a step of the next release, or in one with its own SQL.'
            )
        )
        from pg_proc
        inner join pg_namespace on pg_proc.pronamespace = pg_namespace.oid
        where
            pg_namespace.nspname in ('app', 'access', 'ops', 'api') and pg_proc.prosqlbody is not null
            and exists (
                select from pg_depend
                inner join pg_class on pg_depend.refobjid = pg_class.oid and pg_class.relkind <> 'S'
                where
                    pg_depend.classid = 'pg_proc'::regclass and pg_depend.objid = pg_proc.oid
                    and pg_depend.refclassid = 'pg_class'::regclass
                    and pg_class.relnamespace in (
                        select oid from pg_namespace where nspname in ('app', 'access', 'ops')
                    )
            )
        union all
        select format(
            'create or replace view %s as select %s', pg_class.oid::regclass,
            string_agg(
                format('null::%s', format_type(pg_attribute.atttypid, pg_attribute.atttypmod))
                || case
                    when pg_attribute.attcollation <> pg_type.typcollation
                        then ' collate ' || pg_attribute.attcollation::regcollation
                    else ''
                end
                || format(' as %I', pg_attribute.attname),
                ', ' order by pg_attribute.attnum
            )
        )
        from pg_class
        inner join pg_attribute on pg_class.oid = pg_attribute.attrelid and pg_attribute.attnum > 0
        inner join pg_type on pg_attribute.atttypid = pg_type.oid
        where pg_class.relnamespace = to_regnamespace('reporting') and pg_class.relkind = 'v'
        group by pg_class.oid
    loop
        execute v_statement;
    end loop;
end
$$;
