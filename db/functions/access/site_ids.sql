create function access.site_ids(min_role text) returns setof uuid
language sql
stable
security definer
rows 10
set search_path = ''
as $$
    select sites.id
    from app.sites
    where sites.deleted_at is null and access.role_rank(min_role) is not null and (
        sites.id in (
            select site_members.site_id from app.site_members
            where site_members.user_id = access.user_id()
                and access.role_rank(site_members.role) >= access.role_rank(min_role)
        )
        or access.is_admin()
    );
$$;

comment on function access.site_ids(text) is
'Sites on which the asker has at least this role: viewer, editor or owner. Archived sites are not '
'there.';
grant execute on function access.site_ids(text) to authenticated, app_definer;
