create function access.valid_name(name text) returns text
language plpgsql
immutable
set search_path = ''
as $$
declare
    v_name text := btrim(name);
begin
    -- Control characters, and those that turn or hide what others read.
    if length(v_name) between 1 and 200
        and v_name !~ '[[:cntrl:]\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]' then
        return v_name;
    end if;
    raise sqlstate 'PT400' using
        message = 'invalid_name',
        detail = 'A name has 1 to 200 characters, none of them a control character.',
        hint = 'Choose another one.';
end;
$$;

comment on function access.valid_name(text) is 'The name without blanks at its ends. Raises PT400 invalid_name.';
grant execute on function access.valid_name(text) to app_definer;
