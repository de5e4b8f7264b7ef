create function access.require_amount(amount numeric) returns void
language plpgsql
immutable
set search_path = ''
as $$
begin
    -- The upper bound also refuses NaN and Infinity, which are greater than every number.
    if amount is null or amount < 0 or amount >= 10000000000 or scale(trim_scale(amount)) > 2 then
        raise sqlstate 'PT400' using
            message = 'invalid_amount',
            detail = 'An amount is 0 or more, below 10,000,000,000, with at most two decimals.',
            hint = 'Send a number such as 1250.50, with a point.';
    end if;
end;
$$;

comment on function access.require_amount(numeric) is 'Raises PT400 invalid_amount for what is no sum of money.';
grant execute on function access.require_amount(numeric) to authenticated;
