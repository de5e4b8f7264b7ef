create function api.logout(refresh_token text default null) returns void
language sql
volatile
security definer
set search_path = ''
as $$
    update access.logins set revoked_at = now(), revoke_reason = 'logout'
    where logins.revoked_at is null and logins.id = (
        select refresh_tokens.login_id from access.refresh_tokens
        where refresh_tokens.token_sha256 = sha256(convert_to(logout.refresh_token, 'UTF8'))
    );
    -- A page has no refresh token to show: its access token names the log-in.
    update access.logins set revoked_at = now(), revoke_reason = 'logout'
    where logout.refresh_token is null and logins.revoked_at is null
        and logins.user_id = access.user_id() and logins.id::text = access.claims() ->> 'sid';
    select set_config('response.headers', jsonb_build_array(
        access.set_cookie('opsmantik_refresh', '', 'refresh_token', 0)
    )::text, true)
    -- Another site's form takes no cookie away.
    where access.is_own_page();
$$;

comment on function api.logout(text) is
'Ends the log-in of a refresh token, or without one that of the access token; its access tokens end with it. '
'204 whether or not there was one.';

grant execute on function api.logout(text) to anon, authenticated;
