create function api.login(
    email text,
    password text,
    use_cookie boolean default false,
    out access_token text,
    out refresh_token text,
    out token_type text,
    out expires_in integer,
    out message text,
    out hint text
) returns record
language plpgsql
security definer
set search_path = ''
as $$
declare
    -- Same cost as a real one: an unknown address takes as long as a wrong password.
    v_dummy constant text := '$2a$11$abcdefghijklmnopqrstuuO1S5VwC1RrkvLIIdgKnP5Hnnbcxt5Oa';
    v_email text := lower(btrim(left(email, 1000)));
    v_hash constant text := access.login_account(email);
    v_prefix cidr := (access.client()).ip_prefix;
    v_device text := access.login_device(v_hash);
    -- By account and prefix: who guesses from elsewhere locks out nobody but themself. A browser that was in before
    -- has attempts of its own, also where no proxy tells us apart.
    v_account text := 'login:' || v_hash || ':' || coalesce('device:' || v_device, v_prefix::text, '');
    v_source text := case when v_device is null then 'login:' || v_prefix end;
    v_wait integer;
    v_user_id uuid;
    v_bcrypt text;
    v_is_right boolean;
    v_login_id uuid;
    -- Else another site's form could log a browser in as somebody who is not the one in front of it, or put another
    -- device in the place of the one that its accounts know.
    v_is_own_page boolean := access.is_own_page();
begin
    perform access.require_whole_answer();
    if use_cookie and not v_is_own_page then
        message := 'origin_not_allowed';
        hint := 'A cookie is only for a page of our own: see ops.settings.app_origins.';
        perform access.refuse(403);
        return;
    end if;
    -- Only failures cost, and the buckets are read without a lock: nobody waits for another's bcrypt.
    v_wait := greatest(
        ops.wait_for_token(v_account, 1, 10),
        case when v_source is not null then ops.wait_for_token(v_source, 20, 60) end
    );
    if v_wait > 0 then
        message := 'too_many_attempts';
        hint := format('Wait %s seconds.', v_wait);
        perform access.refuse_busy(v_wait);
        return;
    end if;
    if not access.take_bcrypt_slot(v_prefix) then
        message := 'too_many_attempts';
        hint := 'Many people are logging in just now. Try again in a second.';
        perform access.refuse_busy(1);
        return;
    end if;
    select passwords.user_id, passwords.bcrypt into v_user_id, v_bcrypt
    from access.passwords
    join app.profiles on profiles.id = passwords.user_id
    where profiles.email = v_email and profiles.issuer = 'opsmantik' and profiles.disabled_at is null;
    v_is_right := extensions.crypt(left(coalesce(password, ''), 72), coalesce(v_bcrypt, v_dummy)) = v_bcrypt
        and octet_length(password) <= 72;
    if v_is_right then
        -- While bcrypt ran the password may have been changed or the account disabled, which ends the log-ins that
        -- there are: this one waits for it, or is there in time.
        perform from access.passwords
        join app.profiles on profiles.id = passwords.user_id
        where passwords.user_id = v_user_id and passwords.bcrypt = v_bcrypt and profiles.disabled_at is null
        for share;
        v_is_right := found;
    end if;
    if v_is_right is not true then
        perform ops.take_tokens(v_account, 1, 1, 10);
        if v_source is not null then
            perform ops.take_tokens(v_source, 1, 20, 60);
        end if;
        message := 'invalid_credentials';
        hint := 'Check the address and the password.';
        perform access.refuse(401);
        return;
    end if;
    delete from ops.rate_buckets where rate_buckets.key = v_account;
    insert into access.logins (user_id, ip_prefix) values (v_user_id, v_prefix) returning logins.id into v_login_id;
    select issued.access_token, issued.refresh_token, issued.token_type, issued.expires_in
    into access_token, refresh_token, token_type, expires_in
    from access.issue_tokens(v_user_id, v_login_id) as issued;
    if v_is_own_page then
        v_device := coalesce(v_device, encode(extensions.gen_random_bytes(16), 'hex'));
        perform set_config('response.headers', (
            jsonb_build_array(access.set_cookie(
                'opsmantik_device', v_device || '.' || access.device_mac(v_hash, v_device), 'login', 31536000
            )) || case when use_cookie
                then jsonb_build_array(access.set_cookie('opsmantik_refresh', refresh_token, 'refresh_token', 2592000))
                else '[]' end
        )::text, true);
    end if;
    if use_cookie then
        refresh_token := null;
    end if;
end;
$$;

comment on function api.login(text, text, boolean) is
$$Logs in with e-mail and password. The access token lasts ten minutes; exchange the refresh token for the next pair.
A page sends use_cookie: the refresh token is then in a cookie that no script reads, and not in the answer.

401 invalid_credentials, the same for an unknown address. 403 origin_not_allowed: use_cookie from a page of others.
429 too_many_attempts with Retry-After.$$;

grant execute on function api.login(text, text, boolean) to anon, authenticated;
