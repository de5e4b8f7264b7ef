create function app.cursor_of(received_at timestamptz, id uuid) returns text
language sql
stable
set search_path = ''
as $$
    select (extract(epoch from received_at) * 1000000)::bigint || '.' || id;
$$;

comment on function app.cursor_of(timestamptz, uuid) is
'Place of a card in the inbox: microseconds and id. Opaque to clients.';
grant execute on function app.cursor_of(timestamptz, uuid) to authenticated;
