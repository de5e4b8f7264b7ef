create function app.has_huge_number(body text) returns boolean
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
    -- jsonb keeps 1e131071 in a few bytes and spells it out in 131,072: a small body could fill the memory.
    -- Strings are taken out first: a click id may well contain 5e123.
    return body ~ '(^|[\s:,[])-?[0-9.]+[eE][+-]?[0-9]{3}'
        and regexp_replace(body, '"([^"\\]|\\.)*"', '""', 'g') ~ '[0-9][eE][+-]?[0-9]{3}';
end;
$$;

comment on function app.has_huge_number(text) is
'Whether a JSON text holds a number with an exponent of three or more digits.';
grant execute on function app.has_huge_number(text) to app_definer;
