create function access.place_of(cursor text, out at timestamptz, out id uuid) returns record
language plpgsql
stable
set search_path = ''
as $$
declare
    v_parts text[];
begin
    if cursor is null then
        return;
    end if;
    v_parts := regexp_match(cursor,
        '^([0-9]{1,17})\.([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$');
    if v_parts is null then
        raise sqlstate 'PT400' using message = 'invalid_cursor',
            hint = 'Pass the cursor of a row you have, as you got it.';
    end if;
    at := timestamptz 'epoch' + v_parts[1]::bigint * interval '1 microsecond';
    id := v_parts[2]::uuid;
end;
$$;

comment on function access.place_of(text) is 'What app.cursor_of made, taken apart. Raises PT400 invalid_cursor.';
grant execute on function access.place_of(text) to authenticated;
