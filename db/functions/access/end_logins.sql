create function access.end_logins(user_id uuid, reason text, except_id uuid default null) returns void
language sql
volatile
set search_path = ''
as $$
    update access.logins set revoked_at = now(), revoke_reason = reason
    where logins.user_id = end_logins.user_id and logins.revoked_at is null
        and logins.id is distinct from except_id;
$$;

comment on function access.end_logins(uuid, text, uuid) is
'Ends a person''s log-ins, and their access tokens with them, but for one.';
grant execute on function access.end_logins(uuid, text, uuid) to app_definer;
