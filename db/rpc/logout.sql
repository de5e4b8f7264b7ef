create function api.logout(refresh_token text) returns void
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
$$;

comment on function api.logout(text) is
'Ends the log-in of a refresh token, and its access tokens with it. 204 whether or not there was '
'one.';

grant execute on function api.logout(text) to anon, authenticated;
