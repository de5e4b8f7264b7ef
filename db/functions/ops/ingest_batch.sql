create function ops.ingest_batch(site app.sites, doc jsonb, body text) returns app.ingest_answer
language plpgsql
set search_path = ''
as $$
declare
    v_client record := access.client();
    v_events app.parsed_event[];
    v_taps app.parsed_event[];
    v_others app.parsed_event[];
    v_bad app.parsed_event[];
    v_kept integer := 0;
    v_wait integer := 0;
    v_fault text;
    v_aside app.ingest_answer;
    v_is_refused boolean := site.consent_mode = 'required' and app.consent_flag(doc #> '{c,a}') is not true;
    -- Without a yes a bad row holds no person either: target and time of the tap.
    v_keep jsonb := case when v_is_refused then doc - array['s', 'f', 'p'] else doc end;
    v_body text := case when v_is_refused and doc is not null then v_keep::text else body end;
    v_stored app.ingest_answer := (200, null, 'stored', 0, 0, 0, null);
begin
    v_fault := case
        when doc is null then 'not_json'
        when coalesce(jsonb_typeof(doc -> 'e'), '') <> 'array' or jsonb_array_length(doc -> 'e') not between 1 and 50 then 'invalid_batch'
        when coalesce(doc ->> 's', '') !~* '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$'
            and not v_is_refused then 'invalid_session'
    end;
    if v_fault is not null then
        return ops.quarantine(site, v_client.ip_prefix, v_fault, v_body, 1);
    end if;

    select
        array_agg(event) filter (where event.reason is null and event.category = 'conversion'),
        array_agg(event) filter (where event.reason is null and event.category <> 'conversion'),
        array_agg(event) filter (where event.reason is not null)
    into v_taps, v_others, v_bad
    from app.parse_events(doc -> 'e', now()) as event;

    if not ops.origin_allowed(site, access.header('origin')) then
        if v_taps is null then
            return (403, null, 'origin_not_allowed', 0, 0, jsonb_array_length(doc -> 'e'), null)::app.ingest_answer;
        end if;
        return ops.quarantine(
            site, v_client.ip_prefix, 'origin_not_allowed', ops.sub_batch(v_keep, v_taps, v_body), jsonb_array_length(doc -> 'e')
        );
    end if;

    if v_others is not null then
        v_wait := ops.take_event_tokens(site, v_client.ip_prefix, 'events', cardinality(v_others), 1);
    end if;
    if v_taps is not null and ops.take_event_tokens(site, v_client.ip_prefix, 'taps', cardinality(v_taps), 4) > 0 then
        -- Even a flood may hold a real tap: kept aside, not thrown away.
        v_aside := ops.quarantine(
            site, v_client.ip_prefix, 'rate_limited', ops.sub_batch(v_keep, v_taps, v_body), cardinality(v_taps)
        );
        v_taps := null;
    end if;
    v_events := coalesce(v_taps, '{}') || case when v_wait = 0 then coalesce(v_others, '{}') else '{}' end;

    if v_is_refused then
        perform ops.refuse_consent(site, doc, coalesce(v_taps, '{}'));
        if v_aside.http_status = 429 then
            return v_aside;
        end if;
        return (
            200, null, 'consent_required', coalesce(cardinality(v_taps), 0), 0, coalesce(v_aside.rejected, 0), null
        )::app.ingest_answer;
    end if;
    if v_events <> '{}' then
        v_stored := ops.store_batch(site, v_client.ip_prefix, v_client.country, v_client.city, v_client.district, doc, v_events);
    end if;

    if v_bad is not null then
        for i in 1..cardinality(v_bad) loop
            v_kept := v_kept
                + ops.keep_bad_row(site.id, v_bad[i].reason, null, ops.sub_batch(v_keep, v_bad[i:i], v_body))::integer;
        end loop;
        v_stored.rejected := v_stored.rejected + cardinality(v_bad);
        if v_kept < cardinality(v_bad) then
            -- Once a batch: a second row of the counter would be locked in any order.
            perform ops.count_refusal(site.id, 'bad_row_cap');
        end if;
    end if;
    if v_wait > 0 then
        v_stored.http_status := 429;
        v_stored.status := 'rate_limited';
        v_stored.rejected := v_stored.rejected + cardinality(v_others);
        v_stored.retry_after := v_wait;
    elsif v_events = '{}' and v_aside.http_status is not null then
        v_stored.http_status := v_aside.http_status;
        v_stored.status := v_aside.status;
    elsif v_events = '{}' and v_bad is not null then
        -- Nothing to store: kept aside as a whole, or refused as a whole, so that the sender keeps it.
        v_stored.http_status := case when v_kept = cardinality(v_bad) then 202 else 429 end;
        v_stored.status := case when v_kept = cardinality(v_bad) then 'kept' else 'bad_rows_full' end;
        v_stored.retry_after := case when v_kept < cardinality(v_bad) then 3600 end;
    end if;
    if v_aside.http_status = 429 then
        -- The taps are nowhere yet: only the sender has them. What was stored is known again by its ids.
        v_stored.http_status := 429;
        v_stored.status := v_aside.status;
        v_stored.retry_after := greatest(v_stored.retry_after, v_aside.retry_after);
    end if;
    v_stored.rejected := v_stored.rejected + coalesce(v_aside.rejected, 0);
    return v_stored;
end;
$$;

comment on function ops.ingest_batch(app.sites, jsonb, text) is 'Origin, rate, consent, then the events: stored, or kept as bad rows. Taps go further than the rest at each gate.';
grant execute on function ops.ingest_batch(app.sites, jsonb, text) to app_definer;
