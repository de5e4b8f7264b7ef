create function access.role_on(site_id uuid) returns text
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
    v_user_id uuid := access.user_id();
    v_is_there boolean;
    v_person text;
    v_member text;
begin
    -- Three look-ups whatever the others find: a site that is not there costs the same as one of somebody else.
    select
        exists (select from app.sites where sites.id = role_on.site_id and sites.deleted_at is null),
        (select profiles.role from app.profiles where profiles.id = v_user_id),
        (
            select site_members.role from app.site_members
            where site_members.site_id = role_on.site_id and site_members.user_id = v_user_id
        )
    into v_is_there, v_person, v_member;
    return case when v_is_there then case
        when v_person = 'admin' and access.support_reason(site_id, v_user_id) is not null then 'owner'
        else v_member
    end end;
end;
$$;

comment on function access.role_on(uuid) is
'The asker''s role on one site: viewer, editor or owner, which an admin is under support access; null where they are '
'nobody or the site is not there.';
grant execute on function access.role_on(uuid) to authenticated, app_definer;
