create function access.valid_email(email text) returns text
language plpgsql
immutable
set search_path = ''
as $$
declare
    v_email text := lower(btrim(left(email, 1000)));
begin
    if v_email ~ '^[a-z0-9.!#$%&''*+/=?^_`{|}~-]{1,64}@[a-z0-9]([a-z0-9.-]{0,187}[a-z0-9])?$' then
        return v_email;
    end if;
    raise sqlstate 'PT400' using
        message = 'invalid_email', detail = 'This is no e-mail address.', hint = 'Send one such as name@example.com.';
end;
$$;

comment on function access.valid_email(text) is 'The address in lower case. Raises PT400 invalid_email.';
grant execute on function access.valid_email(text) to app_definer;
