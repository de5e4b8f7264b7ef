create function access.require_phone(phone text, country text) returns text
language plpgsql
stable
set search_path = ''
as $$
declare
    -- A long text is not looked through: it is refused below.
    v_number text := substring(app.canonical_target('phone', left(phone, 41), country) from '^tel:(.*)$');
begin
    if nullif(btrim(phone), '') is null then
        return null;
    end if;
    if length(phone) > 40 or coalesce(v_number, '') !~ '^\+[0-9]{6,15}$' then
        raise sqlstate 'PT400' using
            message = 'invalid_phone', detail = 'This is no telephone number.',
            hint = 'Write it with its country code: +90...';
    end if;
    return v_number;
end;
$$;

comment on function access.require_phone(text, text) is
'A telephone number in E.164, however it was written; null for none. Raises PT400 invalid_phone.';
grant execute on function access.require_phone(text, text) to app_definer;
