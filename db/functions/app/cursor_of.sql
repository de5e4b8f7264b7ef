create function app.cursor_of(at timestamptz, id uuid) returns text
language sql
stable
return (extract(epoch from at) * 1000000)::bigint || '.' || id;

comment on function app.cursor_of(timestamptz, uuid) is
'Place in a list that is newest first: microseconds and id. Opaque to clients.';
grant execute on function app.cursor_of(timestamptz, uuid) to authenticated, app_definer;
