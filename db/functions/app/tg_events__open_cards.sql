create function app.tg_events__open_cards() returns trigger
language plpgsql
set search_path = ''
as $$
begin
    if not exists (select from inserted where inserted.category = 'conversion') then
        return null;
    end if;
    insert into app.calls as card (
        site_id, session_id, session_month, visitor_id, source, intent_action, intent_target, intent_stamp,
        reference, tapped_at, last_tap_at, last_action, last_target, phone_clicks, whatsapp_clicks, form_submits,
        is_ads, click_id_type, click_id, clicked_at, attribution, utm_source, utm_medium, utm_campaign, utm_term,
        matchtype, network, entry_page, referrer_host, device_type, device_os, city, district, marketing_consent,
        lead_score, score_breakdown, risk, risk_reasons, estimated_value, currency
    )
    select
        session.site_id,
        session.id,
        session.created_month,
        session.visitor_id,
        case tap.actions[1] when 'form' then 'form' else 'click' end,
        tap.actions[1],
        tap.targets[1],
        session.id || ':' || tap.ids[1],
        tap.refs[1],
        tap.times[1],
        tap.times[tap.taps],
        tap.actions[tap.taps],
        tap.targets[tap.taps],
        tap.phone_clicks,
        tap.whatsapp_clicks,
        tap.form_submits,
        session.is_ads,
        click.click_id_type,
        click.click_id,
        session.clicked_at,
        session.attribution,
        session.utm_source,
        session.utm_medium,
        session.utm_campaign,
        session.utm_term,
        session.matchtype,
        session.network,
        session.entry_page,
        session.referrer_host,
        session.device_type,
        session.device_os,
        session.city,
        session.district,
        session.marketing_consent,
        session.score,
        app.score_breakdown(session.signals),
        case when risk.reasons = '{}' then 'low' else 'high' end,
        risk.reasons,
        app.estimated_value(session.site_id, session.utm_term),
        site.currency
    from (
        select
            one.site_id,
            one.session_id,
            one.created_month,
            count(*)::integer as taps,
            (count(*) filter (where one.action = 'phone'))::integer as phone_clicks,
            (count(*) filter (where one.action = 'whatsapp'))::integer as whatsapp_clicks,
            (count(*) filter (where one.action = 'form'))::integer as form_submits,
            array_agg(one.id order by one.occurred_at, one.id) as ids,
            array_agg(one.action order by one.occurred_at, one.id) as actions,
            array_agg(one.target order by one.occurred_at, one.id) as targets,
            array_agg(one.occurred_at order by one.occurred_at, one.id) as times,
            array_agg(one.reference order by one.occurred_at, one.id) filter (where one.reference is not null) as refs
        from (
            select
                inserted.*,
                intent.action,
                app.canonical_target(intent.action, inserted.label, site.country) as target
            from (
                select inserted.site_id, inserted.session_id, inserted.created_month, inserted.id, inserted.occurred_at,
                    inserted.label, inserted.action as event_action,
                    substring(inserted.metadata ->> 'ref' from '^[0-9A-Z]{4,12}$') as reference
                from inserted
                where inserted.category = 'conversion'
            ) as inserted
            join app.sites as site on site.id = inserted.site_id
            cross join lateral app.intent_action(inserted.event_action) as intent (action)
            where intent.action is not null
                -- A share button names nobody to write to; a chat widget without a number is still a lead.
                and (intent.action = 'whatsapp' and app.is_share_link(inserted.label)) is not true
        ) as one
        group by one.site_id, one.session_id, one.created_month
    ) as tap
    join app.sites as site on site.id = tap.site_id
    -- The limit keeps it a look-up by key in one month; a join may read all visits of the site.
    cross join lateral (
        select sessions as visit from app.sessions
        where sessions.site_id = tap.site_id and sessions.id = tap.session_id
            and sessions.created_month = tap.created_month
        limit 1
    ) as found
    cross join lateral (select (found.visit).*) as session
    cross join lateral app.click_of(found.visit) as click
    cross join lateral app.risk_reasons(found.visit) as risk (reasons)
    -- A card of that very event exists when the event's month was retired in between: judged cards do not come back.
    where not exists (
        select from app.calls
        where calls.site_id = session.site_id and calls.intent_stamp = session.id || ':' || tap.ids[1]
    )
    on conflict (site_id, session_id) where status = 'intent' and deleted_at is null do update set
        phone_clicks = card.phone_clicks + excluded.phone_clicks,
        whatsapp_clicks = card.whatsapp_clicks + excluded.whatsapp_clicks,
        form_submits = card.form_submits + excluded.form_submits,
        last_tap_at = greatest(card.last_tap_at, excluded.last_tap_at),
        last_action = case when excluded.last_tap_at >= card.last_tap_at
            then excluded.last_action else card.last_action end,
        last_target = case when excluded.last_tap_at >= card.last_tap_at
            then excluded.last_target else card.last_target end,
        reference = coalesce(card.reference, excluded.reference),
        -- A paid click between two taps of one open card is the card's click.
        click_id_type = coalesce(card.click_id_type, excluded.click_id_type),
        click_id = coalesce(card.click_id, excluded.click_id),
        clicked_at = coalesce(card.clicked_at, excluded.clicked_at),
        is_ads = excluded.is_ads,
        attribution = excluded.attribution,
        utm_source = coalesce(card.utm_source, excluded.utm_source),
        utm_medium = coalesce(card.utm_medium, excluded.utm_medium),
        utm_campaign = coalesce(card.utm_campaign, excluded.utm_campaign),
        utm_term = coalesce(card.utm_term, excluded.utm_term),
        matchtype = coalesce(card.matchtype, excluded.matchtype),
        network = coalesce(card.network, excluded.network),
        marketing_consent = excluded.marketing_consent;
    return null;
end;
$$;

comment on function app.tg_events__open_cards() is
'Opens a card per session for the conversion events really inserted, or joins its open card.';
