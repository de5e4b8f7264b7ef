create function app.url_decode(value text) returns text
language sql
immutable
parallel safe
return case when strpos(value, '%') = 0 then replace(value, '+', ' ') else app.percent_decode(value) end;

comment on function app.url_decode(text) is
'Percent-decodes a query value; returns it as it came where the bytes are not UTF-8.';
grant execute on function app.url_decode(text) to app_definer;
