create function api.reset_password(token text, password text, out message text, out hint text) returns record
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_client record := access.client();
    v_user_id uuid;
begin
    perform access.require_whole_answer();
    -- The password before the link, as who changes it: nobody waits in a ring.
    perform from access.passwords
    where passwords.user_id = (
        select password_resets.user_id from access.password_resets
        where password_resets.token_sha256 = access.digest(token)
    )
    for no key update;
    select password_resets.user_id into v_user_id from access.password_resets
    where password_resets.token_sha256 = access.digest(token)
        and password_resets.used_at is null and password_resets.expires_at > now()
    for update;
    if v_user_id is null then
        select refused.message into message from access.refuse_guess('password-reset', 404) as refused;
        message := coalesce(message, 'reset_not_found');
        hint := 'The link is over or was used. Ask for another.';
        return;
    end if;
    if not access.take_bcrypt_slot(v_client.ip_prefix) then
        message := 'too_many_attempts';
        hint := 'Try again in a second.';
        perform access.refuse_busy(1);
        return;
    end if;
    perform access.change_secret(v_user_id, password, null);
    message := 'password_changed';
    hint := 'Log in with it.';
end;
$$;

comment on function api.reset_password(text, text) is
$$Sets a new password (10-72 bytes) with the token of a mailed link. All log-ins of the account end, and its other
links.

404 reset_not_found: unknown, used or over. 400 invalid_password. 429 too_many_attempts.$$;

grant execute on function api.reset_password(text, text) to anon, authenticated;
