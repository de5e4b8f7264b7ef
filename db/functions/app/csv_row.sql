create function app.csv_row(cells text[]) returns text
language sql
immutable
set search_path = ''
as $$
    select string_agg(
        case when cell ~ '[",\r\n]' then '"' || replace(cell, '"', '""') || '"' else coalesce(cell, '') end, ','
            order by ordinal
    ) || chr(10)
    from unnest(cells) with ordinality as part (cell, ordinal);
$$;

comment on function app.csv_row(text[]) is 'One line of RFC 4180 CSV; null is an empty cell.';
grant execute on function app.csv_row(text[]) to app_definer;
