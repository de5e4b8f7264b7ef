create function api.accept_invite(
    token text,
    password text default null,
    display_name text default null,
    out site_id uuid,
    out role text,
    out message text,
    out hint text
) returns record
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_invitation app.invitations := access.open_invitation(token);
    v_prefix cidr := (access.client()).ip_prefix;
    v_user_id uuid := access.user_id();
    v_bucket text;
    v_wait integer;
begin
    perform access.require_whole_answer();
    if v_invitation.id is null then
        select refused.message into message from access.refuse_guess('invitation', 404) as refused;
        message := coalesce(message, 'invitation_not_found');
        hint := 'Ask for a new invitation.';
        return;
    end if;
    if access.claims() ->> 'role' = 'authenticated' then
        perform access.require_person();
        -- Only by whom it was sent to: a link that was forwarded or copied gives nobody else a seat.
        if not exists (
            select from app.profiles where profiles.id = v_user_id and profiles.email = v_invitation.email
        ) then
            message := 'invitation_for_another';
            hint := 'Log in with the address that was invited.';
            perform access.refuse(403);
            return;
        end if;
    else
        if password is null then
            message := 'password_required';
            hint := 'Send the password of your account, or choose one.';
            perform access.refuse(400);
            return;
        end if;
        -- Two links to one newcomer, followed at once, make one account.
        perform pg_advisory_xact_lock(hashtextextended('sign-up:' || v_invitation.email, 0));
        select profiles.id into v_user_id from app.profiles
        where profiles.email = v_invitation.email and profiles.issuer = 'opsmantik';
        v_bucket := 'accept:' || v_invitation.id;
        v_wait := ops.wait_for_token(v_bucket, 1, 10);
        if v_wait > 0 or not access.take_bcrypt_slot(v_prefix) then
            message := 'too_many_attempts';
            hint := format('Wait %s seconds.', greatest(v_wait, 1));
            perform access.refuse_busy(greatest(v_wait, 1));
            return;
        end if;
        if v_user_id is null then
            v_user_id := access.create_user(
                v_invitation.email, password,
                access.valid_name(coalesce(display_name, split_part(v_invitation.email, '@', 1)))
            );
        elsif not coalesce(access.check_password(v_user_id, password), false) then
            perform ops.take_tokens(v_bucket, 1, 1, 10);
            message := 'invalid_credentials';
            hint := 'You have an account already: send its password, or have it reset.';
            perform access.refuse(401);
            return;
        end if;
    end if;
    insert into app.site_members as standing (site_id, user_id, role)
    values (v_invitation.site_id, v_user_id, v_invitation.role)
    on conflict on constraint site_members_pkey do update set role = excluded.role
    where access.role_rank(standing.role) < access.role_rank(excluded.role);
    update app.invitations set accepted_at = now(), accepted_by = v_user_id
    where invitations.site_id = v_invitation.site_id and invitations.id = v_invitation.id;
    perform access.write_audit(
        v_invitation.site_id, 'accept_invite', 'invitation', v_invitation.id, null,
        jsonb_build_object('role', v_invitation.role, 'user_id', v_user_id)
    );
    select site_members.site_id, site_members.role into site_id, role from app.site_members
    where site_members.site_id = v_invitation.site_id and site_members.user_id = v_user_id;
end;
$$;

comment on function api.accept_invite(text, text, text) is
$$Accepts the invitation of a link. Logged in: with the token alone, as the one who was invited. Else with the
password of the account, or, for a newcomer, with the one they choose (10-72 bytes) and a name; then log in.

404 invitation_not_found: unknown, accepted, taken back, over, or its inviter is no owner any more.
403 invitation_for_another, sign_in_required, person_required. 401 invalid_credentials.
400 password_required, invalid_password, invalid_name.
429 too_many_attempts.$$;

grant execute on function api.accept_invite(text, text, text) to anon, authenticated;
