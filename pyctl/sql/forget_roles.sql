-- Settings and memberships of our roles, in a cluster of our own: what the source says it says again.
do $$
declare
    v_statement text;
begin
    for v_statement in
        select format('alter role %I reset all', pg_roles.rolname) from pg_roles
        where pg_roles.rolconfig is not null and not pg_roles.rolsuper
        union all
        select format('revoke %I from %I', of_role.rolname, member.rolname)
        from pg_auth_members
        inner join pg_roles as of_role on pg_auth_members.roleid = of_role.oid
        inner join pg_roles as member on pg_auth_members.member = member.oid
        where of_role.rolname !~ '^pg_' and not member.rolsuper
    loop
        execute v_statement;
    end loop;
end
$$;
