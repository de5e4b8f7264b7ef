create function api.request_password_reset(email text, out message text, out hint text) returns record
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_email text := lower(btrim(left(email, 1000)));
    v_prefix text := (access.client()).ip_prefix::text;
    v_token text := access.new_token();
    v_user_id uuid;
    v_wait integer;
begin
    perform access.require_whole_answer();
    v_wait := greatest(
        ops.take_tokens('reset:' || access.login_account(v_email) || ':' || coalesce(v_prefix, ''), 1, 0.2, 5),
        ops.take_tokens('reset:' || coalesce(v_prefix, ''), 1, case when v_prefix is null then 120 else 10 end,
            case when v_prefix is null then 240 else 30 end)
    );
    if v_wait > 0 then
        message := 'too_many_attempts';
        hint := format('Wait %s seconds.', v_wait);
        perform access.refuse_busy(v_wait);
        return;
    end if;
    select profiles.id into v_user_id from app.profiles
    where profiles.email = v_email and profiles.issuer = 'opsmantik' and profiles.disabled_at is null;
    -- Five links an hour are enough; a flood of requests is no flood of mail, and the links sent before stay good.
    if (
        select count(*) from access.password_resets
        where password_resets.user_id = coalesce(v_user_id, '00000000-0000-0000-0000-000000000000'::uuid)
            and password_resets.expires_at > now() and password_resets.used_at is null
    ) >= 5 then
        v_user_id := null;
    end if;
    -- The same rows for an address that nobody has: equal work, and nothing to see from outside.
    insert into access.password_resets (token_sha256, user_id) values (access.digest(v_token), v_user_id);
    insert into ops.mail_outbox (kind, recipient, token, expires_at)
    values ('password_reset', case when v_user_id is not null then v_email end, v_token, now() + interval '1 hour');
    message := 'sent_if_known';
    hint := 'If the address has an account, a mail with a link is on its way.';
end;
$$;

comment on function api.request_password_reset(text) is
$$Sends a link to set a new password, good for an hour, to an address that has an account.

200 sent_if_known, whether or not there is one. 429 too_many_attempts with Retry-After.$$;

grant execute on function api.request_password_reset(text) to anon, authenticated;
