-- Before a replay: nothing that code files say may survive from the last time. Policies and
-- grants of tables go, functions return to app_owner without grants, api and reporting are dropped.
do $$
declare
    v_statement text;
begin
    for v_statement in
        select format('drop policy %I on %I.%I', policyname, schemaname, tablename)
        from pg_policies
        where schemaname in ('app', 'access', 'ops')
    loop
        execute v_statement;
    end loop;

    for v_statement in
        select distinct format(
            'revoke all on %s %I.%I from %s',
            case pg_class.relkind when 'S' then 'sequence' else 'table' end,
            pg_namespace.nspname, pg_class.relname,
            case acl.grantee when 0 then 'public' else acl.grantee::regrole::text end
        )
        from pg_class
        inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
        cross join lateral (
            select aclexplode.grantee from aclexplode(pg_class.relacl)
            union
            select column_acl.grantee
            from pg_attribute
            cross join lateral aclexplode(pg_attribute.attacl) as column_acl
            where pg_attribute.attrelid = pg_class.oid
        ) as acl
        where
            pg_namespace.nspname in ('app', 'access', 'ops')
            and pg_class.relkind in ('r', 'p', 'v', 'm', 'S')
            and acl.grantee <> pg_class.relowner
    loop
        execute v_statement;
    end loop;
end
$$;

drop schema if exists reporting cascade;
drop schema if exists api cascade;

do $$
declare
    v_statement text;
begin
    for v_statement in
        select format('alter routine %s owner to app_owner', pg_proc.oid::regprocedure)
        from pg_proc
        where
            pg_proc.pronamespace in (
                select oid from pg_namespace where nspname in ('app', 'access', 'ops')
            )
            and pg_proc.proowner = 'app_definer'::regrole
    loop
        execute v_statement;
    end loop;

    for v_statement in
        select distinct format(
            'revoke all on routine %s from %s', pg_proc.oid::regprocedure,
            case acl.grantee when 0 then 'public' else acl.grantee::regrole::text end
        )
        from pg_proc
        cross join lateral aclexplode(pg_proc.proacl) as acl
        where
            pg_proc.pronamespace in (
                select oid from pg_namespace where nspname in ('app', 'access', 'ops')
            )
            and acl.grantee <> pg_proc.proowner
    loop
        execute v_statement;
    end loop;
end
$$;
