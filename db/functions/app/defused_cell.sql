create function app.defused_cell(cell text, separator text) returns text
language sql
immutable
parallel safe
return (
    select
        case
            -- A spreadsheet runs a cell that begins like this, also behind blanks and in full width.
            when cell.safe ~ '^\s*[-=+@＝＋－＠]' and cell.safe !~ '[";,\r\n\t]' then '''' || cell.safe
            when cell.safe ~ '^\s*[-=+@＝＋－＠]|^[\t\r\n]' then '"''' || replace(cell.safe, '"', '""') || '"'
            when strpos(cell.safe, separator) > 0 or cell.safe ~ '["\r\n\t]'
                then '"' || replace(cell.safe, '"', '""') || '"'
            else cell.safe
        end
    from (
        -- Where it splits lines at another character than ours, a cell may begin in the midst of this one.
        select regexp_replace(defused_cell.cell, '([;,\r\n\t][\s"]*)([-=+@＝＋－＠])', '\1''\2', 'g') as safe
    ) as cell
);

comment on function app.defused_cell(text, text) is
'What app.sheet_cell does to the few texts that need it.';
grant execute on function app.defused_cell(text, text) to authenticated;
