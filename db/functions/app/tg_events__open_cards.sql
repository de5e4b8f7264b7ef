create function app.tg_events__open_cards() returns trigger
language plpgsql
as $$
declare
    v_action text := app.intent_action(new.action);
    v_stamp text := new.session_id || ':' || new.id;
begin
    -- A share button names nobody to write to; a chat widget without a number is still a lead.
    if v_action is null or (v_action = 'whatsapp' and app.is_share_link(new.label)) then
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
        case v_action when 'form' then 'form' else 'click' end,
        v_action,
        target.number,
        v_stamp,
        substring(new.metadata ->> 'ref' from '^[0-9A-Z]{4,12}$'),
        new.occurred_at,
        new.occurred_at,
        v_action,
        target.number,
        (v_action = 'phone')::integer,
        (v_action = 'whatsapp')::integer,
        (v_action = 'form')::integer,
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
    from app.sites as site
    cross join lateral app.canonical_target(v_action, new.label, site.country) as target (number)
    -- The limit keeps it a look-up by key in one month; a join may read all visits of the site.
    cross join lateral (
        select sessions as visit from app.sessions
        where sessions.site_id = new.site_id and sessions.id = new.session_id
            and sessions.created_month = new.created_month
        limit 1
    ) as found
    cross join lateral (select (found.visit).*) as session
    cross join lateral app.click_of(found.visit) as click
    cross join lateral app.risk_reasons(found.visit) as risk (reasons)
    where site.id = new.site_id
        -- A card of that very event exists when the event's month was retired in between: judged cards do not come
        -- back.
        and not exists (
            select from app.calls where calls.site_id = new.site_id and calls.intent_stamp = v_stamp
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
'Opens a card for a tap that was really inserted, or joins its session''s open card.';
