create function ops.ingest_batch(site app.sites, doc jsonb, body text) returns app.ingest_answer
language plpgsql
as $$
declare
    v_client record := access.client();
    v_is_refused boolean := site.consent_mode = 'required' and app.consent_flag(doc #> '{c,a}') is not true;
    v_batch record;
    v_total integer;
    v_fault text;
    v_events app.parsed_event[];
    v_taps app.parsed_event[];
    v_flood app.parsed_event[];
    v_others app.parsed_event[];
    v_bad app.parsed_event[];
    v_wait integer := 0;
    v_is_over_quota boolean := false;
    v_aside app.ingest_answer;
    v_unread app.ingest_answer;
    v_answer app.ingest_answer := (200, null, 'stored', 0, 0, 0, null);
begin
    v_fault := case
        when doc is null then 'not_json'
        when coalesce(jsonb_typeof(doc -> 'e'), '') <> 'array'
            or jsonb_array_length(doc -> 'e') not between 1 and 50 then 'invalid_batch'
        when not v_is_refused
            and not app.is_uuid(doc ->> 's') then 'invalid_session'
    end;
    if v_fault is not null then
        if v_is_refused and (
            coalesce(jsonb_typeof(doc -> 'e'), '') <> 'array' or ops.anonymous_batch(doc) -> 'e' = '[]'
        ) then
            -- No tap can be told apart from what must not be kept.
            perform ops.count_refusal(site.id, v_fault);
            return (200, null, 'consent_required', 0, 0, 1, null)::app.ingest_answer;
        end if;
        return ops.quarantine(
            site, v_client.limit_prefix, v_fault, case when v_is_refused
                then ops.anonymous_batch(doc)::text else body end, 1
        );
    end if;

    v_total := jsonb_array_length(doc -> 'e');
    if v_is_refused then
        perform ops.refuse_consent(site, doc);
        doc := ops.anonymous_batch(doc);
        body := doc::text;
    end if;
    v_batch := app.parse_events(doc -> 'e', now());
    v_taps := v_batch.taps;
    if cardinality(v_taps) > 1 then
        -- The first to be stored opens the card.
        v_taps := array(select tap from unnest(v_taps) as tap order by tap.occurred_at, tap.id);
    end if;
    v_others := v_batch.others;
    v_bad := v_batch.bad;

    -- No Origin: not a browser on a foreign page. CORS would not stop a simple POST; this does.
    if v_client.origin is not null and v_client.origin <> 'https://' || site.domain
        and not coalesce(app.host_in(app.url_host(v_client.origin), site.domain || site.allowed_origins), false) then
        v_taps := (
            -- What nobody can look into is text, and may be a tap.
            select array_agg(event) from unnest(v_taps || v_bad) as event
            where coalesce(event.raw ->> 'c', event.raw #>> '{}') like '%conversion%'
        );
        if v_taps is null then
            return (403, null, 'origin_not_allowed', 0, 0, v_total, null)::app.ingest_answer;
        end if;
        return ops.quarantine(
            site, v_client.limit_prefix, 'origin_not_allowed', ops.sub_batch(doc, v_taps, body), v_total
        );
    end if;

    if v_others is not null and site.monthly_event_quota is not null then
        v_wait := ops.quota_wait(site);
        v_is_over_quota := v_wait > 0;
    end if;
    if v_others is not null and v_wait = 0 then
        v_wait := ops.take_event_tokens(site, v_client.limit_prefix, 'events', cardinality(v_others), 1);
    end if;
    if v_taps is not null
        and ops.take_event_tokens(site, v_client.limit_prefix, 'taps', cardinality(v_taps), 4) > 0 then
        v_flood := v_taps;
        v_taps := null;
    end if;
    v_events := case
        when v_wait > 0 or v_others is null then coalesce(v_taps, '{}')
        when v_taps is null then v_others
        else v_taps || v_others
    end;

    if v_is_refused then
        v_answer.status := 'consent_required';
        v_answer.accepted := ops.store_anonymous(site, v_events);
    elsif v_events <> '{}' then
        v_answer := ops.store_batch(
            site, v_client.ip_prefix, v_client.geo, v_client.user_agent, doc, v_events, v_taps is not null,
            case when v_wait = 0 then v_batch.signals else '{}' end
        );
    end if;
    if v_wait = 0 and v_bad is null and v_flood is null and not doc ? 'd' then
        return v_answer;
    end if;

    -- Rows of the bounds are locked after the session's, in every batch.
    if v_flood is not null then
        -- Even a flood may hold a real tap: kept aside, not thrown away.
        v_aside := ops.quarantine(
            site, v_client.limit_prefix, 'rate_limited', ops.sub_batch(doc, v_flood, body), cardinality(v_flood)
        );
    end if;
    if v_bad is not null then
        v_answer.rejected := v_answer.rejected + cardinality(v_bad);
    end if;
    -- Who is told to send it all again keeps the bad ones too. Past a quota that may last for weeks: what may be a tap
    -- is kept here.
    if v_bad is not null and (v_wait = 0 or v_is_over_quota and exists (
        select from unnest(v_bad) as event
        where coalesce(event.raw ->> 'c', event.raw #>> '{}') like '%conversion%'
    )) then
        v_unread := ops.quarantine(
            site, v_client.limit_prefix, v_bad[1].reason, ops.sub_batch(doc, v_bad, body), 0,
            (select string_agg(distinct event.reason, ', ') from unnest(v_bad) as event)
        );
        if v_unread.http_status = 429 then
            perform ops.count_refusal(site.id, 'bad_row_cap');
        end if;
    end if;
    if v_wait > 0 then
        v_answer.http_status := 429;
        v_answer.status := case when v_is_over_quota then 'quota_exceeded' else 'rate_limited' end;
        v_answer.rejected := v_answer.rejected + cardinality(v_others);
        v_answer.retry_after := v_wait;
    elsif v_events = '{}' and v_aside.http_status is not null then
        v_answer.http_status := v_aside.http_status;
        v_answer.status := v_aside.status;
    elsif v_unread.http_status = 429 and exists (
        select from unnest(v_bad) as event
        where v_events = '{}' or coalesce(event.raw ->> 'c', event.raw #>> '{}') like '%conversion%'
    ) then
        -- A tap that is nowhere, or a batch of which nothing is anywhere, stays with the sender.
        v_answer.http_status := 429;
        v_answer.status := v_unread.status;
        v_answer.retry_after := v_unread.retry_after;
    elsif v_events = '{}' and v_bad is not null then
        v_answer.http_status := v_unread.http_status;
        v_answer.status := v_unread.status;
    end if;
    if v_aside.http_status = 429 then
        -- The taps are nowhere yet: only the sender has them. What was stored is known again by its ids.
        v_answer.http_status := 429;
        v_answer.status := v_aside.status;
        v_answer.retry_after := greatest(v_answer.retry_after, v_aside.retry_after);
    end if;
    v_answer.rejected := v_answer.rejected + coalesce(v_aside.rejected, 0);
    -- What a full queue threw away. Who is told to send again says it again.
    if v_answer.http_status < 300 and jsonb_typeof(doc -> 'd') = 'number' and doc ->> 'd' ~ '^[1-9][0-9]{0,5}$' then
        perform ops.count_refusal(site.id, 'dropped_by_browser', times => (doc ->> 'd')::bigint);
    end if;
    return v_answer;
end;
$$;

comment on function ops.ingest_batch(app.sites, jsonb, text) is
'Consent, origin, quota, rate, then the events: stored, or kept as bad rows. Taps go further than the '
'rest at each gate.';
grant execute on function ops.ingest_batch(app.sites, jsonb, text) to app_definer;
