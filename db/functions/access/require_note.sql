create function access.require_note(note text) returns void
language plpgsql
immutable
set search_path = ''
as $$
begin
    if length(note) > 2000 then
        raise sqlstate 'PT400' using
            message = 'invalid_note', detail = 'A note has at most 2,000 characters.', hint = 'Shorten it.';
    end if;
end;
$$;

comment on function access.require_note(text) is 'Raises PT400 invalid_note past 2,000 characters.';
grant execute on function access.require_note(text) to authenticated, app_definer;
