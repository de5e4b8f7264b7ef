create function access.require_page_size(page_size integer) returns void
language plpgsql
immutable
set search_path = ''
as $$
begin
    if page_size is null or page_size not between 1 and 200 then
        raise sqlstate 'PT400' using message = 'invalid_page_size', hint = 'Use 1 to 200.';
    end if;
end;
$$;

comment on function access.require_page_size(integer) is 'Raises PT400 invalid_page_size.';
grant execute on function access.require_page_size(integer) to authenticated;
