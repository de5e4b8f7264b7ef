create function app.sheet_row(cells text[], separator text) returns text
language sql
immutable
parallel safe
set search_path = ''
as $$
    select string_agg(
        case
            when safe.cell ~ ('["\r\n\t' || separator || ']') then '"' || replace(safe.cell, '"', '""') || '"'
            else coalesce(safe.cell, '')
        end,
        separator order by safe.ordinal
    ) || chr(13) || chr(10)
    from (
        select
            part.ordinal,
            -- A spreadsheet runs a cell that begins like this, also behind blanks and in full width.
            case when part.cell ~ '^\s*[-=+@＝＋－＠]' or part.cell ~ '^[\t\r\n]' then '''' || part.cell
                else part.cell end as cell
        from unnest(cells) with ordinality as part (cell, ordinal)
    ) as safe;
$$;

comment on function app.sheet_row(text[], text) is
'One line of CSV for a spreadsheet program: what it would run as a formula is defused by an apostrophe. Numbers are '
'never below 0 here.';
grant execute on function app.sheet_row(text[], text) to authenticated;
