create function ops.invite_user(site_id uuid, email text, role text, reason text) returns timestamptz
language plpgsql
set search_path = ''
as $$
declare
    v_email text := access.valid_email(email);
begin
    if exists (
        select from app.site_members
        join app.profiles on profiles.id = site_members.user_id
        where site_members.site_id = invite_user.site_id and profiles.email = v_email
    ) then
        raise exception using
            errcode = 'object_not_in_prerequisite_state', message = 'This person is a member.',
            hint = 'The site''s owner changes roles.';
    end if;
    perform ops.record_act('user_invite', site_id::text, reason, jsonb_build_object('role', role), site_id);
    return (access.write_invitation(site_id, v_email, access.valid_role(role), null)).expires_at;
end;
$$;

comment on function ops.invite_user(uuid, text, text, text) is
'Invites somebody to a site in the operator''s name; says until when. For pyctl. Raises as access.valid_email and '
'access.valid_role.';
