create function access.number_of(cursor text) returns bigint
language plpgsql
immutable
set search_path = ''
as $$
begin
    if cursor !~ '^[0-9]{1,18}$' then
        raise sqlstate 'PT400' using message = 'invalid_cursor',
            hint = 'Pass the cursor of a row you have, as you got it.';
    end if;
    return cursor::bigint;
end;
$$;

comment on function access.number_of(text) is
'The cursor of a list whose rows are numbered. Null is none. Raises PT400 invalid_cursor.';
grant execute on function access.number_of(text) to authenticated;
