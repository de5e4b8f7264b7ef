create function ops.quarantine(
    site app.sites, limit_prefix cidr, reason text, payload text, events integer, detail text default null
) returns app.ingest_answer
language plpgsql
set search_path = ''
as $$
declare
    -- A flood of bad batches must not use up the room that others' bad rows need.
    v_wait integer := ops.take_event_tokens(site, limit_prefix, 'bad', 1, 0.05);
begin
    if v_wait = 0 and ops.keep_bad_row(site.id, reason, detail, payload) then
        return (202, null, 'kept', 0, 0, events, null)::app.ingest_answer;
    end if;
    return (429, null, case when v_wait > 0
        then 'rate_limited' else 'bad_rows_full' end, 0, 0, events, greatest(v_wait, 60))::app.ingest_answer;
end;
$$;

comment on function ops.quarantine(app.sites, cidr, text, text, integer, text) is
'Keeps a batch as a bad row: 202; past its bounds 429 and nothing kept, so that the sender keeps '
'it.';
grant execute on function ops.quarantine(app.sites, cidr, text, text, integer, text) to app_definer;
