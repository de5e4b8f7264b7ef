create function api.set_member_role(site_id uuid, user_id uuid, role text) returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
    perform access.require_role(site_id, 'owner');
    if user_id = access.user_id() then
        perform access.refuse_under_support(site_id);
    end if;
    perform access.valid_role(set_member_role.role);
    perform access.lock_member(site_id, user_id);
    -- Who lost the role while we waited does not give it back to themself,
    perform access.require_role(site_id, 'owner');
    update app.site_members set role = set_member_role.role
    where site_members.site_id = set_member_role.site_id and site_members.user_id = set_member_role.user_id
        and site_members.role <> set_member_role.role;
    if user_id is distinct from access.user_id() then
        -- nor, since the change waited for the audit log, to another.
        perform access.require_role(site_id, 'owner');
    end if;
    -- Now, not at commit: the answer says it.
    set constraints app.site_members_20_keep_owner immediate;
end;
$$;

comment on function api.set_member_role(uuid, uuid, text) is
$$Makes a member viewer, editor or owner. Owners. 404 member_not_found. 409 last_owner, outlives_support_access.
400 invalid_role.$$;

grant execute on function api.set_member_role(uuid, uuid, text) to authenticated;
