create function ops.sub_batch(doc jsonb, events app.parsed_event[], body text) returns text
language sql
stable
set search_path = ''
as $$
    -- Spelled out again, a number such as 1e9000 outgrows what it came as and the bound of a bad row:
    -- then the body itself.
    select case when octet_length(part.text) <= 65536 then part.text else sub_batch.body end
    from (
        select ((doc - 'e') || jsonb_build_object('e',
            (select jsonb_agg(event.raw) from unnest(events) as event)))::text as text
    ) as part;
$$;

comment on function ops.sub_batch(jsonb, app.parsed_event[], text) is
'The batch with only these events: what a bad row holds, so that it can be replayed by the same '
'path.';
grant execute on function ops.sub_batch(jsonb, app.parsed_event[], text) to app_definer;
