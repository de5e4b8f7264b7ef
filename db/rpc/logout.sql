create function api.logout(refresh_token text default null) returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_user_id uuid;
begin
    if refresh_token is not null then
        update access.logins set revoked_at = now(), revoke_reason = 'logout'
        where logins.revoked_at is null and logins.id = (
            select refresh_tokens.login_id from access.refresh_tokens
            where refresh_tokens.token_sha256 = sha256(convert_to(logout.refresh_token, 'UTF8'))
        );
    elsif access.user_id() is not null then
        -- A page has no refresh token to show: its access token names the log-in.
        v_user_id := access.require_person();
        update access.logins set revoked_at = now(), revoke_reason = 'logout'
        where logins.revoked_at is null
            and logins.user_id = v_user_id and logins.id::text = access.claims() ->> 'sid';
    end if;
    -- Another site's form takes no cookie away.
    if access.is_own_page() then
        perform set_config('response.headers', jsonb_build_array(
            access.set_cookie('opsmantik_refresh', '', 'refresh_token', 0)
        )::text, true);
    end if;
end;
$$;

comment on function api.logout(text) is
$$Ends the log-in of a refresh token, or without one that of the access token; its access tokens end with it.
204 whether or not there was one. A key's log-in is ended by revoke_api_key: 403 person_required.$$;

grant execute on function api.logout(text) to anon, authenticated;
