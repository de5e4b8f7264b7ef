create function app.sheet_cell(cell text, separator text) returns text
language sql
immutable
parallel safe
return (
    select
        case
            when sheet_cell.separator is null then coalesce(sheet_cell.cell, '')
            -- A spreadsheet runs a cell that begins like this, also behind blanks and in full width.
            when cell.safe ~ '^\s*[-=+@＝＋－＠]' and cell.safe !~ '[";,\r\n\t]' then '''' || cell.safe
            when cell.safe ~ '^\s*[-=+@＝＋－＠]|^[\t\r\n]' then '"''' || replace(cell.safe, '"', '""') || '"'
            when strpos(cell.safe, separator) > 0 or cell.safe ~ '["\r\n\t]'
                then '"' || replace(cell.safe, '"', '""') || '"'
            else coalesce(cell.safe, '')
        end
    from (
        -- Where it splits lines at another character than ours, a cell may begin in the midst of this one.
        select regexp_replace(sheet_cell.cell, '([;,\r\n\t][\s"]*)([-=+@＝＋－＠])', '\1''\2', 'g') as safe
    ) as cell
);

comment on function app.sheet_cell(text, text) is
'A text as a cell of CSV for a spreadsheet program: what it would run as a formula is defused by an apostrophe.';
grant execute on function app.sheet_cell(text, text) to authenticated;
