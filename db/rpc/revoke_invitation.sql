create function api.revoke_invitation(site_id uuid, invitation_id uuid) returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
    perform access.require_role(site_id, 'owner');
    update app.invitations set revoked_at = now()
    where invitations.site_id = revoke_invitation.site_id and invitations.id = invitation_id
        and invitations.accepted_at is null and invitations.revoked_at is null;
    if not found then
        raise sqlstate 'PT404' using
            message = 'invitation_not_found',
            detail = 'There is no such invitation, or it was accepted or taken back.',
            hint = 'GET /rpc/invitations lists them.';
    end if;
    perform access.write_audit(site_id, 'revoke_invitation', 'invitation', invitation_id, null, null);
end;
$$;

comment on function api.revoke_invitation(uuid, uuid) is
'Takes an invitation back: its link ends. Owners. 404 invitation_not_found.';

grant execute on function api.revoke_invitation(uuid, uuid) to authenticated;
