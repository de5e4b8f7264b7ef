create function app.search_pattern(search text) returns text
language sql
immutable
parallel safe
set search_path = ''
as $$
    select string_agg(
        case
            when letter ~ '\s' then '\s+'
            -- Turkish has two letters i, and people type its other letters without their marks.
            when letter in ('i', 'ı', 'İ', 'I') then '[iıİI]'
            when letter in ('c', 'ç', 'C', 'Ç') then '[cçCÇ]'
            when letter in ('g', 'ğ', 'G', 'Ğ') then '[gğGĞ]'
            when letter in ('o', 'ö', 'O', 'Ö') then '[oöOÖ]'
            when letter in ('s', 'ş', 'S', 'Ş') then '[sşSŞ]'
            when letter in ('u', 'ü', 'U', 'Ü', 'û', 'Û') then '[uüUÜûÛ]'
            when letter in ('a', 'â', 'A', 'Â') then '[aâAÂ]'
            when lower(letter) <> upper(letter) then '[' || lower(letter) || upper(letter) || ']'
            when letter ~ '[[:alnum:]_]' or ascii(letter) > 127 then letter
            else '\' || letter
        end,
        '' order by ordinal
    )
    from regexp_split_to_table(
        -- Other programs fold a capital dotted I into an i and a dot above it.
        nullif(regexp_replace(replace(normalize(btrim(search), nfkc), U&'\0307', ''), '\s+', ' ', 'g'), ''), ''
    ) with ordinality as part (letter, ordinal);
$$;

comment on function app.search_pattern(text) is
'A regular expression that finds a text whatever its case and its Turkish marks: SISLI finds Şişli.';
grant execute on function app.search_pattern(text) to authenticated, app_definer;
