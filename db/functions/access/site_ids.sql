create function access.site_ids(min_role text) returns setof uuid
language plpgsql
stable
security definer
rows 10
set search_path = ''
as $$
declare
    v_user_id uuid := access.user_id();
    v_roles text[] := case min_role
        when 'viewer' then array['viewer', 'editor', 'owner']
        when 'editor' then array['editor', 'owner']
        when 'owner' then array['owner']
    end;
begin
    -- An unknown role fails closed, under support access too.
    if v_user_id is null or v_roles is null then
        return;
    end if;
    return query
    select sites.id
    from app.site_members
    join app.sites on sites.id = site_members.site_id and sites.deleted_at is null
    where site_members.user_id = v_user_id and site_members.role = any (v_roles);
    if exists (select from app.profiles where profiles.id = v_user_id and profiles.role = 'admin') then
        return query
        select sites.id
        from app.support_accesses
        join app.sites on sites.id = support_accesses.site_id and sites.deleted_at is null
        where support_accesses.admin_id = v_user_id and support_accesses.expires_at > now()
            and support_accesses.closed_at is null;
    end if;
end;
$$;

comment on function access.site_ids(text) is
'Sites on which the asker has at least this role: viewer, editor or owner, which an admin is under support access. '
'Archived sites are not there.';
grant execute on function access.site_ids(text) to authenticated, app_definer;
