create function access.lock_member(site_id uuid, user_id uuid) returns app.site_members
language plpgsql
set search_path = ''
as $$
declare
    v_member app.site_members;
begin
    select site_members.* into v_member from app.site_members
    where site_members.site_id = lock_member.site_id and site_members.user_id = lock_member.user_id
    for update;
    if not found then
        raise sqlstate 'PT404' using
            message = 'member_not_found',
            detail = 'There is no such member of this site.',
            hint = 'GET /rpc/members lists them.';
    end if;
    return v_member;
end;
$$;

comment on function access.lock_member(uuid, uuid) is 'Locks a member''s row. Raises PT404 member_not_found.';
grant execute on function access.lock_member(uuid, uuid) to app_definer;
