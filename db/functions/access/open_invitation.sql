create function access.open_invitation(token text) returns app.invitations
language plpgsql
set search_path = ''
as $$
declare
    v_invitation app.invitations;
begin
    select invitations.* into v_invitation from app.invitations
    where invitations.token_sha256 = access.digest(token)
        and invitations.accepted_at is null and invitations.revoked_at is null and invitations.expires_at > now()
    for update;
    -- It is worth what its inviter may do today.
    if exists (
        select from app.sites
        left join app.profiles on profiles.id = v_invitation.invited_by
        left join app.site_members on site_members.site_id = sites.id and site_members.user_id = profiles.id
        where sites.id = v_invitation.site_id and sites.deleted_at is null
            and (v_invitation.by_operator or site_members.role = 'owner' or profiles.role = 'admin')
    ) then
        return v_invitation;
    end if;
    return null;
end;
$$;

comment on function access.open_invitation(text) is
'Locks and gives the invitation of a token; null when it was accepted, taken back, is over, or its '
'inviter is no owner.';
grant execute on function access.open_invitation(text) to app_definer;
