create function access.require_currency(currency text) returns void
language plpgsql
immutable
set search_path = ''
as $$
begin
    if currency is null or currency !~ '^[A-Z]{3}$' then
        raise sqlstate 'PT400' using
            message = 'invalid_currency', detail = 'A currency is an ISO 4217 code.', hint = 'Send TRY, not TL.';
    end if;
end;
$$;

comment on function access.require_currency(text) is 'Raises PT400 invalid_currency for what is no code.';
grant execute on function access.require_currency(text) to authenticated;
