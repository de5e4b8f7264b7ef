-- Before a replay: policies, grants on relations, and what is dropped and made again. The tables
-- are locked by now.
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
            pg_namespace.nspname in ('app', 'access', 'ops', 'reporting')
            and pg_class.relkind in ('r', 'p', 'v', 'm', 'S')
            and acl.grantee <> pg_class.relowner
    loop
        execute v_statement;
    end loop;
end
$$;

-- Schema api stays, and so do its functions: a request that is inside one looks it up again at its
-- end, and would fail if it had gone. Its views hold a lock while they are read.
do $$
declare
    v_statement text;
begin
    for v_statement in
        select format(
            'drop %s if exists api.%I cascade',
            case pg_class.relkind when 'v' then 'view' else 'materialized view' end, pg_class.relname
        )
        from pg_class
        where pg_class.relnamespace = to_regnamespace('api') and pg_class.relkind in ('v', 'm')
        union all
        select format('drop type if exists api.%I cascade', pg_type.typname)
        from pg_type
        left join pg_class on pg_type.typrelid = pg_class.oid
        where
            pg_type.typnamespace = to_regnamespace('api')
            and (pg_type.typtype in ('d', 'e', 'r') or pg_class.relkind = 'c')
            -- A domain that stands in the source as it is here; its functions would go with it.
            and (
                pg_type.typtype <> 'd'
                or pg_type.typname || ' ' || format_type(pg_type.typbasetype, null) <> all (
                    string_to_array(current_setting('opsmantik.kept_domains'), e'\n')
                )
                or pg_type.typnotnull
                or pg_type.typdefault is not null
                or exists (select from pg_constraint where pg_constraint.contypid = pg_type.oid)
            )
    loop
        execute v_statement;
    end loop;

    for v_statement in
        select distinct format(
            'revoke all on schema %I from %s',
            pg_namespace.nspname, case acl.grantee when 0 then 'public' else acl.grantee::regrole::text end
        )
        from pg_namespace
        cross join lateral aclexplode(pg_namespace.nspacl) as acl
        where pg_namespace.nspname in ('api', 'reporting') and acl.grantee <> pg_namespace.nspowner
    loop
        execute v_statement;
    end loop;
end
$$;
