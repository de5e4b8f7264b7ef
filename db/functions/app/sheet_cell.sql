create function app.sheet_cell(cell text, separator text) returns text
language sql
immutable
parallel safe
-- Without a query of its own it becomes part of its caller's: a download has nearly a million cells.
return case
    when separator is null or cell is null or cell !~ '^\s*[-=+@＝＋－＠]|[";,\r\n\t]' then coalesce(cell, '')
    else app.defused_cell(cell, separator)
end;

comment on function app.sheet_cell(text, text) is
'A text as a cell of CSV for a spreadsheet program: what it would run as a formula is defused by an apostrophe.';
grant execute on function app.sheet_cell(text, text) to authenticated;
