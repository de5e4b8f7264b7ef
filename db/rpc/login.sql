create function api.login(
    email text,
    password text,
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
    v_email text := lower(btrim(email));
    v_prefix cidr := (access.client()).ip_prefix;
    v_account text := 'login:' || encode(sha256(convert_to(coalesce(v_email, ''), 'UTF8')),
        'hex') || ':' || coalesce(v_prefix::text, '');
    v_source text := 'login:' || coalesce(v_prefix::text, '');
    v_wait integer;
    v_user_id uuid;
    v_bcrypt text;
    v_login_id uuid;
begin
    -- By account and prefix: who guesses from elsewhere locks out nobody but themself. Only failures cost, and
    -- the buckets are read without a lock: nobody waits for another's bcrypt.
    v_wait := greatest(ops.wait_for_token(v_account, 1, 10), ops.wait_for_token(v_source, 20, 60));
    if v_wait > 0 then
        message := 'too_many_attempts';
        hint := format('Wait %s seconds.', v_wait);
        perform access.refuse(429, jsonb_build_array(jsonb_build_object('Retry-After', v_wait::text)));
        return;
    end if;
    -- bcrypt is slow by design: a few at a time, so that a flood of log-ins does not hold every connection;
    -- two from one prefix, so that its flood does not take the others' places.
    if not exists (
        select from generate_series(1, case when v_prefix is null then 8 else 2 end) as slot
        where pg_try_advisory_xact_lock(hashtextextended(v_source, slot)) limit 1
    ) or not exists (
        select from generate_series(1, 20) as slot
        where pg_try_advisory_xact_lock(hashtextextended('login-slot', slot)) limit 1
    ) then
        message := 'too_many_attempts';
        hint := 'Many people are logging in just now. Try again in a second.';
        perform access.refuse(429, '[{"Retry-After": "1"}]');
        return;
    end if;
    select passwords.user_id, passwords.bcrypt into v_user_id, v_bcrypt
    from access.passwords
    join app.profiles on profiles.id = passwords.user_id
    where profiles.email = v_email;
    if extensions.crypt(left(coalesce(password, ''), 72), coalesce(v_bcrypt, v_dummy)) is distinct from v_bcrypt
        or octet_length(password) > 72 then
        perform ops.take_tokens(v_account, 1, 1, 10);
        perform ops.take_tokens(v_source, 1, 20, 60);
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
end;
$$;

comment on function api.login(text, text) is
$$Logs in with e-mail and password. The access token lasts ten minutes; exchange the refresh token for the next pair.

401 invalid_credentials, the same for an unknown address. 429 too_many_attempts with Retry-After.$$;

grant execute on function api.login(text, text) to anon, authenticated;
