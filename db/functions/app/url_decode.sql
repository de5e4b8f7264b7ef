create function app.url_decode(value text) returns text
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
    if strpos(value, '%') = 0 then
        return replace(value, '+', ' ');
    end if;
    return (
        select replace(convert_from(string_agg(
            case when part[1] ~ '^%[0-9a-fA-F]{2}$'
                then decode(substr(part[1], 2), 'hex') else convert_to(part[1], 'UTF8') end,
            ''::bytea
        ), 'UTF8'), chr(127), '')
        from regexp_matches(
            replace(replace(value, '+', ' '), '%00', ''), '(%[0-9a-fA-F]{2}|[^%]+|%)', 'g'
        ) as part
    );
exception when character_not_in_repertoire or untranslatable_character then
    return value;
end;
$$;

comment on function app.url_decode(text) is
'Percent-decodes a query value; returns it as it came where the bytes are not UTF-8.';
grant execute on function app.url_decode(text) to app_definer;
