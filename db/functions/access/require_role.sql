create function access.require_role(site_id uuid, min_role text) returns void
language plpgsql
stable
set search_path = ''
as $$
declare
    v_role text := access.role_on(site_id);
begin
    if v_role is null and access.is_admin() then
        raise sqlstate 'PT403' using
            message = 'support_access_required',
            detail = 'An admin works on a site of others under support access only, which its owners see.',
            hint = 'open_support_access takes the site and your reason.';
    end if;
    if v_role is null then
        raise sqlstate 'PT404' using
            message = 'site_not_found',
            detail = 'There is no such site, or you are not a member of it.',
            hint = 'GET /rpc/sites lists the sites you can see.';
    end if;
    if access.role_rank(v_role) >= access.role_rank(min_role) is not true then
        raise sqlstate 'PT403' using
            message = min_role || '_required',
            detail = format('This needs the role %s on the site.', min_role),
            hint = 'Ask an owner of the site.';
    end if;
end;
$$;

comment on function access.require_role(uuid, text) is
'Raises PT404 site_not_found for a site the asker can not see (PT403 support_access_required for admins), '
'PT403 <role>_required for one where they may not do this.';
grant execute on function access.require_role(uuid, text) to authenticated, app_definer;
