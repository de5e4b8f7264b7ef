create function app.search_page(search text) returns text
language sql
immutable
parallel safe
set search_path = ''
return case
    when btrim(search) ~* '^(https?://|/)\S+$' then app.clean_url(btrim(search))
    when btrim(search) ~* '^[a-z0-9-]+(\.[a-z0-9-]+)+/\S*$' then app.clean_url('https://' || btrim(search))
end;

comment on function app.search_page(text) is
'The page that a pasted address means, as entry_page keeps it: without host and click ids. Null: it is no address.';
grant execute on function app.search_page(text) to authenticated, app_definer;
