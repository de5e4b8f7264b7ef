create function api.key_login(
    api_key text,
    out access_token text,
    out token_type text,
    out expires_in integer,
    out site_id uuid,
    out message text,
    out hint text
) returns record
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_key access.api_keys;
begin
    perform access.require_whole_answer();
    select api_keys.* into v_key from access.api_keys
    join app.sites on sites.id = api_keys.site_id and sites.deleted_at is null
    where api_keys.key_sha256 = access.digest(key_login.api_key) and api_keys.revoked_at is null
        and (api_keys.expires_at is null or api_keys.expires_at > now());
    if v_key.id is null then
        select refused.message into message from access.refuse_guess('api-key', 401) as refused;
        message := coalesce(message, 'invalid_api_key');
        hint := 'Ask an owner of the site for another key.';
        return;
    end if;
    -- To the minute: servers that exchange it at once do not wait for each other.
    if coalesce(v_key.last_used_at < now() - interval '1 minute', true) then
        update access.api_keys set last_used_at = now() where api_keys.id = v_key.id;
        update access.logins set last_used_at = now() where logins.id = v_key.login_id;
    end if;
    site_id := v_key.site_id;
    token_type := 'bearer';
    expires_in := 600;
    access_token := access.access_token(v_key.user_id, v_key.login_id, expires_in);
end;
$$;

comment on function api.key_login(text) is
$$Exchanges an API key for an access token of ten minutes and names the site it opens. There is no refresh token:
exchange the key again.

401 invalid_api_key: unknown, revoked, over. 429 too_many_attempts for who guesses.$$;

grant execute on function api.key_login(text) to anon, authenticated;
