create function api.invite_member(
    site_id uuid, email text, role text, out id uuid, out expires_at timestamptz
) returns record
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
    v_email text;
    v_wait integer;
begin
    perform access.require_role(site_id, 'owner');
    v_email := access.valid_email(invite_member.email);
    perform access.valid_role(invite_member.role);
    if v_email = (select profiles.email from app.profiles where profiles.id = access.user_id()) then
        perform access.refuse_under_support(site_id);
    end if;
    v_wait := ops.take_tokens('invite:' || site_id, 1, 1, 30);
    if v_wait > 0 then
        raise sqlstate 'PT429' using
            message = 'too_many_invitations',
            detail = 'A site can invite 30 people at once, and one more each minute.',
            hint = format('Wait %s seconds.', v_wait);
    end if;
    -- Whether somebody is a member the owner can see; whether they have an account elsewhere is not looked at.
    if exists (
        select from app.site_members
        join app.profiles on profiles.id = site_members.user_id
        where site_members.site_id = invite_member.site_id and profiles.email = v_email
    ) then
        raise sqlstate 'PT409' using
            message = 'already_member', detail = 'This person is a member.', hint = 'Use set_member_role.';
    end if;
    select written.id, written.expires_at into id, expires_at
    from access.write_invitation(site_id, v_email, role, access.user_id()) as written;
end;
$$;

comment on function api.invite_member(uuid, text, text) is
$$Invites somebody to a site as viewer, editor or owner. They get a link by mail, good for seven days; a second
invitation takes the place of the first.

Owners. The same answer whether or not the address has an account. 409 already_member,
outlives_support_access. 429 too_many_invitations. 400 invalid_email, invalid_role.$$;

grant execute on function api.invite_member(uuid, text, text) to authenticated;
