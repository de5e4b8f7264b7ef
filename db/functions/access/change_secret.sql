create function access.change_secret(user_id uuid, password text, kept_login_id uuid) returns void
language plpgsql
set search_path = ''
as $$
begin
    perform access.set_password(user_id, password);
    perform access.end_logins(user_id, 'password', kept_login_id);
    update access.password_resets set used_at = now()
    where password_resets.user_id = change_secret.user_id and password_resets.used_at is null;
    insert into ops.mail_outbox (kind, recipient, expires_at)
    select 'password_changed', profiles.email, now() + interval '1 day'
    from app.profiles where profiles.id = change_secret.user_id;
end;
$$;

comment on function access.change_secret(uuid, text, uuid) is
'Sets a password, ends the person''s log-ins but one and their links, and writes them a mail about it.';
grant execute on function access.change_secret(uuid, text, uuid) to app_definer;
