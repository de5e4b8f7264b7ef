create function api.refresh_token(
    inout refresh_token text default null,
    out access_token text,
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
    v_cookie text := case when refresh_token is null then access.cookie('__Secure-opsmantik_refresh') end;
    v_digest bytea := sha256(convert_to(coalesce(refresh_token, v_cookie, ''), 'UTF8'));
    v_login access.logins;
    v_token access.refresh_tokens;
    v_source text := 'refresh:' || coalesce((access.client()).ip_prefix::text, '');
    v_wait integer;
begin
    perform access.require_whole_answer();
    if v_cookie is not null and not access.is_own_page() then
        message := 'origin_not_allowed';
        hint := 'A cookie counts only from a page of our own: see ops.settings.app_origins.';
        perform access.refuse(403);
        return;
    end if;
    -- The family first, then the token: two tabs at once take turns.
    select logins.* into v_login from access.logins
    where logins.id = (select refresh_tokens.login_id from access.refresh_tokens
        where refresh_tokens.token_sha256 = v_digest)
    for update;
    select refresh_tokens.* into v_token from access.refresh_tokens where refresh_tokens.token_sha256 = v_digest;
    if v_login.revoked_at is null and v_token.used_at < now() - interval '10 seconds' then
        -- An old token shown again: somebody copied it. The whole log-in ends, and that must outlive this refusal.
        update access.logins set revoked_at = now(), revoke_reason = 'reuse' where logins.id = v_login.id;
        v_login.revoked_at := now();
    end if;
    if v_login.id is null or v_login.revoked_at is not null or v_token.expires_at <= now() then
        refresh_token := null;
        -- Only who shows what is no token is throttled: nobody can use up another's exchanges.
        v_wait := ops.take_tokens(v_source, 1, 60, 120);
        if v_wait > 0 then
            message := 'too_many_attempts';
            hint := format('Wait %s seconds.', v_wait);
            perform access.refuse_busy(v_wait);
            return;
        end if;
        message := 'invalid_refresh_token';
        hint := 'Log in again.';
        perform access.refuse(401, case when v_cookie is null then '[]' else jsonb_build_array(
            access.set_cookie('opsmantik_refresh', '', 'refresh_token', 0)
        ) end);
        return;
    end if;
    -- A log-in that is exchanged in a loop would fill the table; its key is known only to who holds its token.
    v_wait := ops.take_tokens('refresh:' || v_login.id, 1, 30, 60);
    if v_wait > 0 then
        refresh_token := null;
        message := 'too_many_attempts';
        hint := format('Wait %s seconds.', v_wait);
        perform access.refuse_busy(v_wait);
        return;
    end if;
    update access.refresh_tokens set used_at = coalesce(refresh_tokens.used_at, now())
    where refresh_tokens.token_sha256 = v_digest;
    update access.logins set last_used_at = now() where logins.id = v_login.id;
    select issued.access_token, issued.refresh_token, issued.token_type, issued.expires_in
    into access_token, refresh_token, token_type, expires_in
    from access.issue_tokens(v_login.user_id, v_login.id) as issued;
    if v_cookie is not null then
        perform set_config('response.headers', jsonb_build_array(
            access.set_cookie('opsmantik_refresh', refresh_token, 'refresh_token', 2592000)
        )::text, true);
        refresh_token := null;
    end if;
end;
$$;

comment on function api.refresh_token(text) is
$$Exchanges a refresh token for the next pair. Each is good once (and 10 s longer, for two tabs); shown again
it ends the log-in.

Without the argument the cookie of login is exchanged, from our own pages only, and the next one is set.

403 origin_not_allowed. 401 invalid_refresh_token: unknown, expired, ended or used before.
429 too_many_attempts with Retry-After.$$;

grant execute on function api.refresh_token(text) to anon, authenticated;
