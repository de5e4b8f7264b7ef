create function app.sheet_cell(cell text, separator text) returns text
language sql
immutable
parallel safe
return case
    -- A spreadsheet runs a cell that begins like this, also behind blanks and in full width.
    when cell ~ '^\s*[-=+@＝＋－＠]' and cell !~ '[";,\r\n\t]' then '''' || cell
    when cell ~ '^\s*[-=+@＝＋－＠]|^[\t\r\n]' then '"''' || replace(cell, '"', '""') || '"'
    when strpos(cell, separator) > 0 or cell ~ '["\r\n\t]' then '"' || replace(cell, '"', '""') || '"'
    else coalesce(cell, '')
end;

comment on function app.sheet_cell(text, text) is
'A text as a cell of CSV for a spreadsheet program: what it would run as a formula is defused by an apostrophe.';
grant execute on function app.sheet_cell(text, text) to authenticated;
