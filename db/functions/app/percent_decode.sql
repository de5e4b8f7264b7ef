create function app.percent_decode(value text) returns text
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
    return (
        select replace(convert_from(string_agg(
            case
                when part.ordinal = 1 then convert_to(part.text, 'UTF8')
                when part.text ~ '^[0-9a-fA-F]{2}'
                    then decode(left(part.text, 2), 'hex') || convert_to(substr(part.text, 3), 'UTF8')
                else convert_to('%' || part.text, 'UTF8')
            end,
            ''::bytea order by part.ordinal
        ), 'UTF8'), chr(127), '')
        from unnest(string_to_array(replace(replace(value, '+', ' '), '%00', ''), '%')) with ordinality
            as part (text, ordinal)
    );
exception when character_not_in_repertoire or untranslatable_character then
    return value;
end;
$$;

comment on function app.percent_decode(text) is
'app.url_decode of a value with a percent sign: the part that has to be ready for bytes that are not UTF-8.';
grant execute on function app.percent_decode(text) to app_definer;
