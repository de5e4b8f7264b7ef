create function access.set_password(user_id uuid, password text) returns void
language plpgsql
set search_path = ''
as $$
begin
    if coalesce(octet_length(password), 0) not between 10 and 72 then
        raise sqlstate 'PT400' using
            message = 'invalid_password',
            detail = 'A password has 10 to 72 bytes: bcrypt ignores what is behind them.',
            hint = 'Choose another one.';
    end if;
    insert into access.passwords (user_id, bcrypt)
    values (user_id, extensions.crypt(password, extensions.gen_salt('bf', 11)))
    on conflict on constraint passwords_pkey do update set bcrypt = excluded.bcrypt, updated_at = now();
end;
$$;

comment on function access.set_password(uuid, text) is 'Sets a password, 10-72 bytes. Raises PT400 invalid_password.';
grant execute on function access.set_password(uuid, text) to app_definer;
