create function ops.store_batch(
    site app.sites, ip_prefix cidr, country text, city text, district text, doc jsonb, events app.parsed_event[]
) returns app.ingest_answer
language plpgsql
set search_path = ''
-- Planning over all months costs more than running over one.
set plan_cache_mode = force_generic_plan
as $$
declare
    v_seen app.sessions := ops.seen_session(site, doc, events);
    v_session app.sessions;
    v_month date := (date_trunc('month', now() at time zone 'UTC') - interval '1 month')::date;
    v_visitor_id text;
    v_stored bigint;
begin
    -- Before the session's row, as everyone who judges its cards: a tap may bring a consent that moves the conversion.
    if v_seen.marketing_consent is false then
        -- Locks this subject among the visitor's others, in one order.
        perform ops.withdraw_consent(site.id, v_seen.id, v_seen.visitor_id);
    elsif v_seen.marketing_consent
        or exists (select from unnest(events) as event where event.category = 'conversion') then
        perform app.lock_subject(v_seen.id);
    end if;
    v_seen.ip_prefix := ip_prefix;
    v_seen.country := country;
    v_seen.city := city;
    v_seen.district := district;

    -- A batch that moves daily flags does not lock its row here: it takes the visitor's lock before any row.
    select sessions.* into v_session from app.sessions
    where sessions.site_id = site.id and sessions.id = v_seen.id and sessions.created_month >= v_month
        and (sessions.is_ads or not v_seen.is_ads)
        and (sessions.visitor_id is not null or v_seen.visitor_id is null)
    for update;
    if not found then
        select coalesce(sessions.visitor_id, v_seen.visitor_id) into v_visitor_id from app.sessions
        where sessions.site_id = site.id and sessions.id = v_seen.id and sessions.created_month >= v_month;
        perform app.lock_visitor(site.id, coalesce(v_visitor_id, v_seen.visitor_id));
        -- Once per site over all months: whoever comes second waits here and then finds it.
        perform pg_advisory_xact_lock(hashtextextended('session:' || site.id || v_seen.id, 0));
        select sessions.* into v_session from app.sessions
        where sessions.site_id = site.id and sessions.id = v_seen.id and sessions.created_month >= v_month
        for update;
        if not found then
            v_session := ops.open_session(site, v_seen);
        end if;
    end if;
    if v_session.erased_at is null then
        v_session := ops.fill_session(site, v_session, v_seen);
    else
        -- What comes late of an erased visit counts, and says nothing of who it was.
        events := array(select app.anonymous_event(event) from unnest(events) as event);
    end if;

    with stored as (
        insert into app.events (
            site_id, session_id, id, created_month, occurred_at, category, action, label, value, url, metadata
        )
        select
            v_session.site_id, v_session.id, event.id, v_session.created_month, event.occurred_at,
                event.category, event.action,
            event.label, event.value, event.url, event.metadata
        from unnest(events) as event
        on conflict on constraint events_pkey do nothing
        returning events.id, events.occurred_at, events.category, events.url
    ), total as (
        select
            count(*) as stored,
            (count(*) filter (where stored.category <> 'system'))::integer as events,
            (count(*) filter (where stored.category = 'page'))::integer as page_views,
            (count(*) filter (where stored.category = 'conversion'))::integer as conversions,
            min(stored.occurred_at) as first_at,
            max(stored.occurred_at) as last_at,
            (array_agg(stored.url order by stored.occurred_at desc,
                stored.id) filter (where stored.url is not null))[1] as last_url
        from stored
    ), signal as (
        select array(
            select distinct one from unnest(v_session.signals) as one
            union
            select one from unnest(events) as event
            join stored on stored.id = event.id
            cross join lateral unnest(app.signals_of(event)) as one
            order by 1
        ) as names
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
            signals = signal.names,
            score = app.score(signal.names)
        from total cross join signal
        where sessions.site_id = v_session.site_id and sessions.id = v_session.id
            and sessions.created_month = v_session.created_month and total.stored > 0
        returning sessions.score
    )
    select total.stored, coalesce((select changed.score from changed), v_session.score)
    into v_stored, v_session.score
    from total;
    return (
        200, v_session.score, case when v_stored = 0 then 'duplicate' else 'stored' end,
        v_stored, cardinality(events) - v_stored, 0, null
    )::app.ingest_answer;
end;
$$;

comment on function ops.store_batch(app.sites, cidr, text, text, text, jsonb, app.parsed_event[]) is
'Session and events of one batch. Counters and score follow from what was really inserted; cards '
'are opened by the trigger on events.';
grant execute on function ops.store_batch(app.sites, cidr, text, text, text, jsonb, app.parsed_event[]) to app_definer;
