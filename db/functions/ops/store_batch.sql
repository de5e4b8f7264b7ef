create function ops.store_batch(
    site app.sites, ip_prefix cidr, geo text[], user_agent text, doc jsonb, events app.parsed_event[],
    has_taps boolean, signals text[]
) returns app.ingest_answer
language plpgsql
as $$
declare
    v_session_id uuid := (doc ->> 's')::uuid;
    v_wish boolean := coalesce(
        app.consent_flag(doc #> '{c,m}'), case when site.consent_mode = 'required' then false end
    );
    -- All that a session is filled from.
    v_said bigint := jsonb_hash_extended(doc - '{d,e}'::text[], hashtextextended(
        concat(ip_prefix, geo::text, site.updated_at), 0
    ));
    v_month date := date_trunc('month', now() at time zone 'UTC');
    v_since date := v_month - interval '1 month';
    v_signals text[] := case when has_taps then signals || '{conversion}' else signals end;
    v_known text[];
    v_seen app.sessions;
    v_session app.sessions;
    v_stored integer;
    v_score integer;
    v_new_score integer;
begin
    -- Before the session's row, as everyone who judges its cards: a tap may bring a consent that moves the conversion.
    if v_wish is false then
        -- Locks this subject among the visitor's others, in one order.
        perform ops.withdraw_consent(site.id, v_session_id, app.text_of(doc -> 'f', 64));
    elsif v_wish or has_taps then
        perform app.lock_subject(v_session_id);
    end if;

    -- Locked before anything of it is written. Found here in this month when nothing is left to fill.
    select sessions.score, sessions.signals into v_score, v_known
    from app.sessions
    where sessions.site_id = site.id and sessions.id = v_session_id and sessions.created_month = v_month
        and sessions.said_hash = v_said and sessions.erased_at is null
        -- A later yes counts from then on.
        and (sessions.marketing_consent is not false or v_wish is not true)
    for update;
    if not found then
        v_seen := ops.seen_session(site, doc, events, ip_prefix, geo, user_agent);
        v_seen.said_hash := v_said;
        -- A batch that moves daily flags takes the visitor's lock, and takes it before any row.
        select sessions.* into v_session from app.sessions
        where sessions.site_id = site.id and sessions.id = v_session_id
            and sessions.created_month between v_since and v_month;
        if not found or (v_seen.is_ads and not v_session.is_ads)
            or (v_session.visitor_id is null and v_seen.visitor_id is not null) then
            perform app.lock_visitor(site.id, coalesce(v_session.visitor_id, v_seen.visitor_id));
        end if;
        if v_session.id is null then
            -- Once per site over all months: whoever comes second waits here and then finds it.
            perform pg_advisory_xact_lock(hashtextextended('session:' || site.id || v_session_id, 0));
        end if;
        select sessions.* into v_session from app.sessions
        where sessions.site_id = site.id and sessions.id = v_session_id
            and sessions.created_month between v_since and v_month
        for update;
        if not found then
            v_session := ops.open_session(site, v_seen);
        elsif v_session.erased_at is null then
            v_session := ops.fill_session(site, v_session, v_seen);
        else
            -- What comes late of an erased visit counts, and says nothing of who it was.
            events := array(select app.anonymous_event(event) from unnest(events) as event);
        end if;
        v_month := v_session.created_month;
        v_score := v_session.score;
        v_known := v_session.signals;
    end if;
    v_new_score := v_score;
    if v_signals <@ v_known then
        v_signals := v_known;
    else
        v_signals := app.merge_signals(v_known, v_signals);
        v_new_score := app.score(v_signals);
    end if;

    -- One statement: the cards that its end opens see the session as it is after these events. No conflict target: the
    -- key is the only one there is, and a target is looked up anew in each partition.
    with stored as (
        insert into app.events (
            site_id, session_id, id, created_month, occurred_at, category, action, label, value, url, metadata
        )
        select
            site.id, v_session_id, event.id, v_month, event.occurred_at, event.category, event.action,
            event.label, event.value, event.url, event.metadata
        from unnest(events) as event
        on conflict do nothing
        returning events.id, events.occurred_at, events.category, events.url
    ), total as (
        select
            count(*)::integer as stored,
            (count(*) filter (where stored.category <> 'system'))::integer as events,
            (count(*) filter (where stored.category = 'page'))::integer as page_views,
            (count(*) filter (where stored.category = 'conversion'))::integer as conversions,
            min(stored.occurred_at) as first_at,
            max(stored.occurred_at) as last_at,
            (array_agg(stored.url order by stored.occurred_at desc,
                stored.id) filter (where stored.url is not null))[1] as last_url
        from stored
    ), changed as (
        update app.sessions set
            event_count = sessions.event_count + total.events,
            page_views = sessions.page_views + total.page_views,
            conversion_count = sessions.conversion_count + total.conversions,
            first_event_at = least(sessions.first_event_at, total.first_at),
            last_event_at = greatest(sessions.last_event_at, total.last_at),
            exit_page = case when total.last_at >= sessions.last_event_at
                then coalesce(total.last_url, sessions.exit_page)
                else sessions.exit_page end,
            signals = v_signals,
            score = v_new_score
        from total
        where sessions.site_id = site.id and sessions.id = v_session_id
            and sessions.created_month = v_month and total.stored > 0
    )
    select total.stored into v_stored from total;
    return (
        200, case when v_stored = 0 then v_score else v_new_score end,
        case when v_stored = 0 then 'duplicate' else 'stored' end, v_stored, cardinality(events) - v_stored, 0, null
    )::app.ingest_answer;
end;
$$;

comment on function ops.store_batch(app.sites, cidr, text[], text, jsonb, app.parsed_event[], boolean, text[]) is
'Session and events of one batch. Counters and score follow from what was really inserted; cards '
'are opened by the trigger on events.';
grant execute
on function ops.store_batch(app.sites, cidr, text[], text, jsonb, app.parsed_event[], boolean, text[]) to app_definer;
