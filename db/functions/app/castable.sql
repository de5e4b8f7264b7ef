create function app.castable(body text) returns text
language sql
immutable
parallel safe
-- An escaped backslash is hidden first (chr(1) can not stand raw in JSON), so that \\u0000 stays what it says.
return case
    when strpos(body, '\u') = 0 then body
    else replace(
            regexp_replace(
                regexp_replace(
                    regexp_replace(replace(body, '\\', chr(1)), '\\u0000', '\ufffd', 'g'),
                    '\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F][0-9a-fA-F]{2})', '\ufffd', 'g'
                ),
                '(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}', '\ufffd', 'g'
            ),
            chr(1), '\\'
        )
end;

comment on function app.castable(text) is
'JSON text that jsonb accepts: \u0000 and lone surrogates become U+FFFD. One of them would '
'otherwise cost the whole batch.';
grant execute on function app.castable(text) to app_definer;
