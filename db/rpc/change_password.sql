create function api.change_password(old_password text, new_password text, out message text, out hint text)
returns record
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_client record := access.client();
    v_user_id uuid := access.require_person();
    -- Only who holds the person's token can use it up.
    v_bucket text := 'password:' || v_user_id;
    v_wait integer := ops.wait_for_token(v_bucket, 1, 10);
begin
    perform access.require_whole_answer();
    if v_wait > 0 or not access.take_bcrypt_slot(v_client.ip_prefix) then
        message := 'too_many_attempts';
        hint := format('Wait %s seconds.', greatest(v_wait, 1));
        perform access.refuse_busy(greatest(v_wait, 1));
        return;
    end if;
    -- Who resets it at the same time comes before or after, not between the look and the write.
    perform from access.passwords where passwords.user_id = v_user_id for no key update;
    if not coalesce(access.check_password(v_user_id, old_password), false) then
        perform ops.take_tokens(v_bucket, 1, 1, 10);
        message := 'wrong_password';
        hint := 'Send the password that you have now.';
        perform access.refuse(403);
        return;
    end if;
    perform access.change_secret(v_user_id, new_password, (access.claims() ->> 'sid')::uuid);
    message := 'password_changed';
    hint := 'Your other log-ins have ended.';
end;
$$;

comment on function api.change_password(text, text) is
$$Changes your password (10-72 bytes). Your other log-ins end at once; this one goes on.

403 wrong_password, sign_in_required, person_required. 400 invalid_password. 429 too_many_attempts with Retry-After.$$;

grant execute on function api.change_password(text, text) to authenticated;
