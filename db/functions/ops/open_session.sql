create function ops.open_session(site app.sites, seen app.sessions) returns app.sessions
language plpgsql
as $$
declare
    v_session app.sessions := seen;
begin
    v_session.signals := '{}';
    if site.consent_mode = 'none' then
        -- Nobody was asked: only a no says anything.
        v_session.marketing_consent := nullif(v_session.marketing_consent, true);
    end if;
    v_session := ops.attribute_session(site, v_session);
    v_session.first_of_day := coalesce(v_session.first_of_day, false);
    v_session.first_ads_of_day := coalesce(v_session.first_ads_of_day, false);
    v_session.received_at := now();
    v_session.event_count := 0;
    v_session.page_views := 0;
    v_session.conversion_count := 0;
    v_session.score := app.score(v_session.signals);
    -- By name: what a later release adds takes its default.
    insert into app.sessions (
        site_id, id, created_month, created_at, received_at, first_event_at, last_event_at, visitor_id, is_ads, is_bot,
        first_of_day, first_ads_of_day, page_host, entry_page, exit_page, referrer_host, gclid, wbraid, gbraid, msclkid,
        fbclid, ttclid, clicked_at, utm_source, utm_medium, utm_campaign, utm_term, utm_content, matchtype, network,
        placement, device_param, attribution, device_type, device_os, screen_width, country, city, district, ip_prefix,
        analytics_consent, marketing_consent, event_count, page_views, conversion_count, signals, score, script_version,
        said_hash
    )
    values (
        v_session.site_id, v_session.id, v_session.created_month, v_session.created_at, v_session.received_at,
        v_session.first_event_at, v_session.last_event_at, v_session.visitor_id, v_session.is_ads, v_session.is_bot,
        v_session.first_of_day, v_session.first_ads_of_day, v_session.page_host, v_session.entry_page,
        v_session.exit_page, v_session.referrer_host, v_session.gclid, v_session.wbraid, v_session.gbraid,
        v_session.msclkid, v_session.fbclid, v_session.ttclid, v_session.clicked_at, v_session.utm_source,
        v_session.utm_medium, v_session.utm_campaign, v_session.utm_term, v_session.utm_content, v_session.matchtype,
        v_session.network, v_session.placement, v_session.device_param, v_session.attribution, v_session.device_type,
        v_session.device_os, v_session.screen_width, v_session.country, v_session.city, v_session.district,
        v_session.ip_prefix, v_session.analytics_consent, v_session.marketing_consent, v_session.event_count,
        v_session.page_views, v_session.conversion_count, v_session.signals, v_session.score, v_session.script_version,
        v_session.said_hash
    );
    return v_session;
end;
$$;

comment on function ops.open_session(app.sites, app.sessions) is
'Writes a new session as its first batch shows it; the caller holds the lock on its id.';
grant execute on function ops.open_session(app.sites, app.sessions) to app_definer;
