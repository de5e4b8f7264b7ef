create function api.remove_member(site_id uuid, user_id uuid) returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
    -- Everybody may leave; only an owner sends away.
    perform access.require_role(
        site_id, case when user_id = access.user_id() then 'viewer' else 'owner' end
    );
    perform access.lock_member(site_id, user_id);
    delete from app.site_members
    where site_members.site_id = remove_member.site_id and site_members.user_id = remove_member.user_id;
    if user_id is distinct from access.user_id() then
        -- Who was removed while we waited for the audit log takes nobody along.
        perform access.require_role(site_id, 'owner');
    end if;
    -- No way back in by a link from before, nor for those that they invited.
    update app.invitations set revoked_at = now()
    where invitations.site_id = remove_member.site_id
        and invitations.accepted_at is null and invitations.revoked_at is null
        and (
            invitations.invited_by = remove_member.user_id
            or invitations.email = (select profiles.email from app.profiles where profiles.id = remove_member.user_id)
        );
    set constraints app.site_members_20_keep_owner immediate;
end;
$$;

comment on function api.remove_member(uuid, uuid) is
$$Removes a member from a site, at once: their tokens see nothing of it any more. Owners; everybody may remove
themself. Open invitations to and by that person end.

404 member_not_found. 409 last_owner. 403 owner_required.$$;

grant execute on function api.remove_member(uuid, uuid) to authenticated;
