-- What ingest would have written otherwise: nothing of this may be found.
select
    (
        select count(*) from app.sessions as visit
        cross join lateral (
            select (count(*) filter (where events.category <> 'system'))::integer as events,
                (count(*) filter (where events.category = 'page'))::integer as pages,
                (count(*) filter (where events.category = 'conversion'))::integer as taps,
                min(events.occurred_at) as first_at, max(events.occurred_at) as last_at
            from app.events
            where events.site_id = visit.site_id and events.session_id = visit.id
                and events.created_month = visit.created_month
        ) as said
        where (visit.event_count, visit.page_views, visit.conversion_count, visit.first_event_at, visit.last_event_at)
            is distinct from (said.events, said.pages, said.taps, said.first_at, said.last_at)
    ) as counters,
    (
        select count(*) from app.sessions
        where sessions.is_ads <> app.is_ads(sessions.clicked_at is not null, sessions.utm_medium)
            or sessions.score <> app.score(sessions.signals)
            or sessions.attribution <> app.attribution(
                coalesce(sessions.gclid, sessions.wbraid, sessions.gbraid) is not null,
                coalesce(sessions.fbclid, sessions.ttclid) is not null,
                case when sessions.msclkid is not null then 'cpc' else sessions.utm_medium end,
                sessions.referrer_host, 'returning_ads' = any (sessions.signals)
            )
    ) as attributions,
    (
        select count(*)
        from (
            select sessions.first_of_day, row_number() over (
                partition by sessions.site_id, sessions.visitor_id,
                    (sessions.created_at at time zone 'Europe/Istanbul')::date
                order by sessions.created_at, sessions.id
            ) as place
            from app.sessions where not sessions.is_bot
        ) as visit
        where visit.first_of_day <> (visit.place = 1)
    ) as flags,
    (
        select count(*) from app.calls
        join app.sessions on sessions.site_id = calls.site_id and sessions.id = calls.session_id
            and sessions.created_month = calls.session_month
        where (calls.is_ads, calls.attribution, calls.utm_term, calls.device_os, calls.city, calls.clicked_at)
            is distinct from (sessions.is_ads, sessions.attribution, sessions.utm_term, sessions.device_os,
                sessions.city, sessions.clicked_at)
            or (calls.click_id_type, calls.click_id) is distinct from
            ((app.click_of(sessions)).click_id_type, (app.click_of(sessions)).click_id)
    ) as cards,
    (
        select count(*) from app.calls
        where calls.status = 'confirmed' and (calls.sale_amount is null or calls.oci_status is null)
    ) as sales
