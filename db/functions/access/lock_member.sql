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
    if exists (select from app.profiles where profiles.id = v_member.user_id and profiles.issuer = 'api_key') then
        raise sqlstate 'PT409' using
            message = 'member_is_api_key',
            detail = 'This member is an API key.',
            hint = 'Use revoke_api_key, or make another.';
    end if;
    return v_member;
end;
$$;

comment on function access.lock_member(uuid, uuid) is 'Locks a member''s row. Raises PT404 member_not_found, PT409 member_is_api_key.';
grant execute on function access.lock_member(uuid, uuid) to app_definer;
