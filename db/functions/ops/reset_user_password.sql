create function ops.reset_user_password(user_id uuid, password text, reason text) returns void
language plpgsql
set search_path = ''
as $$
begin
    if not exists (
        select from app.profiles where profiles.id = reset_user_password.user_id and profiles.issuer = 'opsmantik'
    ) then
        raise exception using
            errcode = 'object_not_in_prerequisite_state', message = 'They log in elsewhere: there is no password here.',
            hint = 'Their issuer resets it.';
    end if;
    perform access.change_secret(user_id, password, null);
    perform ops.record_act('user_reset_password', user_id::text, reason);
end;
$$;

comment on function ops.reset_user_password(uuid, text, text) is
'Sets a password, ends all log-ins of the person and tells them by mail. For pyctl. Raises PT400 invalid_password.';
