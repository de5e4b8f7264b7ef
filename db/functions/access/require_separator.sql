create function access.require_separator(separator text) returns void
language plpgsql
immutable
set search_path = ''
as $$
begin
    if separator is null or separator not in (';', ',') then
        raise sqlstate 'PT400' using
            message = 'invalid_separator',
            hint = 'Use ; (with it numbers have a decimal comma, as in Turkey) or , (decimal point).';
    end if;
end;
$$;

comment on function access.require_separator(text) is 'Raises PT400 invalid_separator.';
grant execute on function access.require_separator(text) to authenticated;
