create function api.sync(
    text,
    out ok boolean,
    out score integer,
    out status text,
    out accepted integer,
    out duplicates integer,
    out rejected integer,
    out retry_after integer
) returns record
language plpgsql
security definer
set search_path = ''
-- Planning over all months costs more than running over one.
set plan_cache_mode = force_generic_plan
as $$
declare
    v_answer app.ingest_answer;
    v_headers text := '[{"Access-Control-Expose-Headers": "Retry-After"}]';
    v_status text;
begin
    begin
        v_answer := ops.ingest($1);
    exception
        -- query_canceled: anon's statement_timeout, which otherwise answers 500 in PostgREST's words.
        when query_canceled or lock_not_available or deadlock_detected or serialization_failure
            or insufficient_resources then
            v_answer := (503, null, 'unavailable', 0, 0, 0, 2)::app.ingest_answer;
        when others then
            -- Whatever we did wrong, the batch is kept with its reason and can be replayed.
            begin
                v_answer := ops.ingest_failed($1, sqlstate, sqlerrm);
            exception when others then
                v_answer := (503, null, 'unavailable', 0, 0, 0, 60)::app.ingest_answer;
            end;
    end;
    v_status := v_answer.http_status;
    retry_after := v_answer.retry_after;
    -- With 503 PostgREST adds a Retry-After of its own, and a browser joins the two to "0, 2".
    if retry_after is not null and v_answer.http_status <> 503 then
        v_headers := jsonb_build_array(
            jsonb_build_object('Access-Control-Expose-Headers', 'Retry-After'),
            jsonb_build_object('Retry-After', retry_after::text)
        );
    end if;
    -- Assignments, no statements: of those each costs as much as reading a row.
    v_headers := set_config('response.headers', v_headers, true);
    v_status := set_config('response.status', v_status, true);
    ok := v_answer.http_status in (200, 202);
    score := v_answer.score;
    status := v_answer.status;
    accepted := v_answer.accepted;
    duplicates := v_answer.duplicates;
    rejected := v_answer.rejected;
end;
$$;

comment on function api.sync(text) is
$$Takes a batch of 1-50 events of one session from the tracker.

Body: text/plain (no CORS preflight), the JSON of docs/reference/sync.md, at most 64 kB.
Safe to repeat: an event is known by its id.

200 stored, duplicate or consent_required. 202 kept as a bad row. 403 origin_not_allowed. 404 unknown_site.
413 too_large. 429 with Retry-After: conversion events of that batch are stored all the same. 503 nothing stored.$$;

grant execute on function api.sync(text) to anon, authenticated, service_role;
