-- Before a replay: functions return to app_owner, who replaces them, and lose every grant.
do $$
declare
    v_statement text;
begin
    for v_statement in
        select format('alter routine %s owner to app_owner', pg_proc.oid::regprocedure)
        from pg_proc
        where
            pg_proc.pronamespace in (
                select oid from pg_namespace where nspname in ('app', 'access', 'ops', 'api')
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
                select oid from pg_namespace where nspname in ('app', 'access', 'ops', 'api')
            )
            and acl.grantee <> pg_proc.proowner
    loop
        execute v_statement;
    end loop;
end
$$;
