create function api.revoke_login(login_id uuid) returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_user_id uuid := access.require_person();
begin
    update access.logins set revoked_at = now(), revoke_reason = 'revoked'
    where logins.id = login_id and logins.user_id = v_user_id and logins.revoked_at is null;
    if not found then
        raise sqlstate 'PT404' using
            message = 'login_not_found',
            detail = 'You have no such log-in, or it has ended.',
            hint = 'GET /rpc/logins lists them.';
    end if;
end;
$$;

comment on function api.revoke_login(uuid) is
$$Ends one of your log-ins, and its access tokens with it.

404 login_not_found. 403 sign_in_required, person_required.$$;

grant execute on function api.revoke_login(uuid) to authenticated;
