-- Everything in schema api that a caller can notice, one text a function, ordered.
select
    pg_proc.proname || '(' || coalesce((
        select string_agg(
            e'\n    ' || coalesce(nullif(arg.name, ''), '<body>') || ' ' || format_type(arg.type, null)
            || case
                when arg.default_value is null then ''
                else ' = ' || arg.default_value
            end,
            '' order by arg.place
        ) || e'\n'
        from (
            select
                place,
                pg_proc.proargnames[place] as name,
                type,
                pg_get_function_arg_default(pg_proc.oid, place::integer) as default_value
            from unnest(coalesce(pg_proc.proallargtypes, pg_proc.proargtypes::oid[])) with ordinality as given (type, place)
            where pg_proc.proargmodes is null or pg_proc.proargmodes[place] in ('i', 'b', 'v')
        ) as arg
    ), '') || ') -> ' || case
        when pg_proc.proargmodes && array['t', 'o']::"char"[] then
            case when pg_proc.proretset then 'rows of' else 'one row of' end || (
            select string_agg(e'\n    ' || pg_proc.proargnames[place] || ' ' || format_type(type, null), '' order by place)
            from unnest(pg_proc.proallargtypes) with ordinality as given (type, place)
            where pg_proc.proargmodes[place] in ('t', 'o')
        )
        when pg_proc.proretset then 'rows of ' || format_type(pg_proc.prorettype, null)
        else format_type(pg_proc.prorettype, null)
    end
    || e'\n  ' || case pg_proc.provolatile when 'v' then 'writes' when 's' then 'reads' else 'computes' end
    || case when pg_proc.prosecdef then ', definer' else '' end
    || ', for ' || coalesce((
        select string_agg(acl.grantee::regrole::text, ' ' order by acl.grantee::regrole::text)
        from aclexplode(pg_proc.proacl) as acl
        where acl.privilege_type = 'EXECUTE' and acl.grantee not in (pg_proc.proowner, 0)
    ), 'nobody')
    || e'\n  ' || split_part(obj_description(pg_proc.oid, 'pg_proc'), e'\n', 1) as said
from pg_proc
where pg_proc.pronamespace = 'api'::regnamespace
order by pg_proc.proname
