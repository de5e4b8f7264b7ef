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
as $$
declare
    v_answer app.ingest_answer;
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
    retry_after := v_answer.retry_after;
    -- With 503 PostgREST adds a Retry-After of its own, and a browser joins the two to "0, 2".
    perform access.refuse(v_answer.http_status, case
        when retry_after is null or v_answer.http_status = 503 then '[{"Access-Control-Expose-Headers": "Retry-After"}]'
        else jsonb_build_array(
            jsonb_build_object('Access-Control-Expose-Headers', 'Retry-After'),
            jsonb_build_object('Retry-After', retry_after::text)
        )
    end);
    select
        v_answer.http_status in (200, 202), v_answer.score, v_answer.status, v_answer.accepted, v_answer.duplicates,
        v_answer.rejected, retry_after
    into ok, score, status, accepted, duplicates, rejected, retry_after;
end;
$$;

comment on function api.sync(text) is
$$Takes a batch of 1-50 events of one session from the tracker.

Body: text/plain (no CORS preflight), the JSON of docs/reference/sync.md, at most 64 kB.
Safe to repeat: an event is known by its id.

200 stored, duplicate or consent_required. 202 kept as a bad row. 403 origin_not_allowed. 404 unknown_site.
413 too_large. 429 with Retry-After: conversion events of that batch are stored all the same. 503 nothing stored.$$;

grant execute on function api.sync(text) to anon, authenticated, service_role;
