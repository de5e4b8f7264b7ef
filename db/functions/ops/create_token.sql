create function ops.create_token(name text, role text, days integer, reason text) returns text
language plpgsql
set search_path = ''
as $$
begin
    if name !~ '^[A-Za-z0-9][A-Za-z0-9 ._-]{0,62}$' then
        raise exception using
            errcode = 'invalid_parameter_value',
            message = 'A machine''s name has 1 to 63 letters of English, digits, blanks, dots, dashes.',
            hint = 'Name the machine, such as prometheus-2.';
    end if;
    perform ops.record_act('token_create', role || ' ' || name, reason);
    return access.create_machine_token(name, role, days);
end;
$$;

comment on function ops.create_token(text, text, integer, text) is
'Makes a machine''s token and records that, for pyctl; the token is returned this once.';
