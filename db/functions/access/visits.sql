create function access.visits(site_id uuid, session_ids uuid[], months date[]) returns setof app.visit
language plpgsql
stable
rows 50
set search_path = ''
-- Planning over all months of sessions costs more than fifty look-ups.
set plan_cache_mode = force_generic_plan
as $$
begin
    return query
    select
        session.id,
        session.site_id,
        session.visitor_id::text,
        session.created_at,
        session.first_event_at,
        session.last_event_at,
        extract(epoch from session.last_event_at - session.first_event_at)::integer,
        session.is_ads,
        session.is_bot,
        session.attribution::text,
        session.gclid,
        session.wbraid,
        session.gbraid,
        session.msclkid,
        session.fbclid,
        session.ttclid,
        session.clicked_at,
        session.utm_source,
        session.utm_medium,
        session.utm_campaign,
        session.utm_term,
        session.utm_content,
        session.matchtype,
        session.network,
        session.placement,
        session.device_param,
        session.page_host::text,
        session.entry_page,
        session.exit_page,
        session.referrer_host,
        session.device_type::text,
        session.device_os,
        session.screen_width,
        session.country,
        session.city,
        session.district,
        session.analytics_consent,
        session.marketing_consent,
        session.marketing_withdrawn_at,
        session.event_count::integer,
        session.page_views::integer,
        session.conversion_count::integer,
        session.score::integer,
        session.signals,
        session.script_version,
        card.cards,
        card.sealed,
        card.revenue,
        app.cursor_of(session.created_at, session.id)
    from unnest(session_ids, months) with ordinality as wanted (id, month, ordinal)
    -- The limit keeps it a look-up by key in one month; a join may read all visits of the site.
    cross join lateral (
        select sessions.* from app.sessions
        where sessions.site_id = visits.site_id and sessions.id = wanted.id and sessions.created_month = wanted.month
        limit 1
    ) as session
    cross join lateral (
        select
            count(*) as cards,
            count(*) filter (where calls.status = 'confirmed') as sealed,
            coalesce(sum(calls.sale_amount) filter (where calls.status = 'confirmed'), 0) as revenue
        from app.calls
        where calls.site_id = visits.site_id and calls.session_id = wanted.id and calls.deleted_at is null
    ) as card
    order by wanted.ordinal;
end;
$$;

comment on function access.visits(uuid, uuid[], date[]) is
'Visits of a site in the order of the ids: the one place that says what a visit shows.';
grant execute on function access.visits(uuid, uuid[], date[]) to authenticated;
