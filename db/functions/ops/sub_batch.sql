create function ops.sub_batch(doc jsonb, events app.parsed_event[]) returns text
language sql
stable
set search_path = ''
as $$
    select ((doc - 'e') || jsonb_build_object('e', (select jsonb_agg(event.raw) from unnest(events) as event)))::text;
$$;

comment on function ops.sub_batch(jsonb, app.parsed_event[]) is 'The batch with only these events: what a bad row holds, so that it can be replayed by the same path.';
grant execute on function ops.sub_batch(jsonb, app.parsed_event[]) to app_definer;
