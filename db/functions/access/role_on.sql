create function access.role_on(site_id uuid) returns text
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
    v_user_id uuid := access.user_id();
begin
    return (
        select case
            when profiles.role = 'admin' and access.support_reason(sites.id, profiles.id) is not null then 'owner'
            else site_members.role
        end
        from app.sites
        join app.profiles on profiles.id = v_user_id
        left join app.site_members on site_members.site_id = sites.id and site_members.user_id = v_user_id
        where sites.id = role_on.site_id and sites.deleted_at is null
    );
end;
$$;

comment on function access.role_on(uuid) is
'The asker''s role on one site: viewer, editor or owner, which an admin is under support access; null where they are '
'nobody or the site is not there.';
grant execute on function access.role_on(uuid) to authenticated, app_definer;
