create function app.text_of(value jsonb, bound integer) returns text
language sql
immutable
parallel safe
return case when jsonb_typeof(value) = 'string' then nullif(left(btrim(value #>> '{}'), bound), '') end;

comment on function app.text_of(jsonb, integer) is
'A JSON string, trimmed and cut; null for anything else and for nothing.';
grant execute on function app.text_of(jsonb, integer) to app_definer;
