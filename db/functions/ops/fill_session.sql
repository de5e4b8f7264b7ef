create function ops.fill_session(site app.sites, session app.sessions, seen app.sessions) returns app.sessions
language plpgsql
as $$
declare
    v_session app.sessions := session;
    v_past app.sessions;
begin
    -- Fill-only: what stands is never overwritten nor emptied: the predecessor lost
    -- attribution on the second page view.
    v_session.visitor_id := coalesce(session.visitor_id, seen.visitor_id);
    v_session.gclid := coalesce(session.gclid, seen.gclid);
    v_session.wbraid := coalesce(session.wbraid, seen.wbraid);
    v_session.gbraid := coalesce(session.gbraid, seen.gbraid);
    v_session.msclkid := coalesce(session.msclkid, seen.msclkid);
    v_session.fbclid := coalesce(session.fbclid, seen.fbclid);
    v_session.ttclid := coalesce(session.ttclid, seen.ttclid);
    v_session.clicked_at := coalesce(session.clicked_at, seen.clicked_at);
    v_session.utm_source := coalesce(session.utm_source, seen.utm_source);
    v_session.utm_medium := coalesce(session.utm_medium, seen.utm_medium);
    v_session.utm_campaign := coalesce(session.utm_campaign, seen.utm_campaign);
    v_session.utm_term := coalesce(session.utm_term, seen.utm_term);
    v_session.utm_content := coalesce(session.utm_content, seen.utm_content);
    v_session.matchtype := coalesce(session.matchtype, seen.matchtype);
    v_session.network := coalesce(session.network, seen.network);
    v_session.placement := coalesce(session.placement, seen.placement);
    v_session.device_param := coalesce(session.device_param, seen.device_param);
    v_session.page_host := coalesce(session.page_host, seen.page_host);
    v_session.entry_page := coalesce(session.entry_page, seen.entry_page);
    v_session.referrer_host := coalesce(session.referrer_host, seen.referrer_host);
    v_session.country := coalesce(session.country, seen.country);
    v_session.city := coalesce(session.city, seen.city);
    v_session.district := coalesce(session.district, seen.district);
    v_session.ip_prefix := coalesce(session.ip_prefix, seen.ip_prefix);
    v_session.screen_width := coalesce(session.screen_width, seen.screen_width);
    v_session.said_hash := seen.said_hash;
    v_session.script_version := coalesce(session.script_version, seen.script_version);
    v_session.marketing_consent := case
        when seen.marketing_consent is false then false
        -- A later yes counts from then on; what was queued before the no is no later yes.
        when seen.marketing_consent and session.marketing_consent is false
            and seen.last_event_at > greatest(session.marketing_withdrawn_at, session.last_event_at) then true
        else session.marketing_consent
    end;
    if seen.is_ads and not session.is_ads then
        -- The one lift: attribution, source and is_ads together.
        v_session.is_ads := true;
        v_session.utm_source := coalesce(seen.utm_source, session.utm_source);
        v_session.utm_medium := coalesce(seen.utm_medium, session.utm_medium);
    end if;
    if v_session.is_ads <> session.is_ads or (session.visitor_id is null and seen.visitor_id is not null) then
        v_past := ops.attribute_session(site, v_session);
        v_session.first_of_day := coalesce(v_past.first_of_day, false);
        v_session.first_ads_of_day := coalesce(v_past.first_ads_of_day, false);
        if v_session.is_ads <> session.is_ads then
            v_session.attribution := v_past.attribution;
        end if;
    end if;
    if v_session is not distinct from session then
        return session;
    end if;
    update app.sessions set
        visitor_id = v_session.visitor_id,
        gclid = v_session.gclid,
        wbraid = v_session.wbraid,
        gbraid = v_session.gbraid,
        msclkid = v_session.msclkid,
        fbclid = v_session.fbclid,
        ttclid = v_session.ttclid,
        clicked_at = v_session.clicked_at,
        utm_source = v_session.utm_source,
        utm_medium = v_session.utm_medium,
        utm_campaign = v_session.utm_campaign,
        utm_term = v_session.utm_term,
        utm_content = v_session.utm_content,
        matchtype = v_session.matchtype,
        network = v_session.network,
        placement = v_session.placement,
        device_param = v_session.device_param,
        page_host = v_session.page_host,
        entry_page = v_session.entry_page,
        referrer_host = v_session.referrer_host,
        country = v_session.country,
        city = v_session.city,
        district = v_session.district,
        ip_prefix = v_session.ip_prefix,
        screen_width = v_session.screen_width,
        script_version = v_session.script_version,
        said_hash = v_session.said_hash,
        marketing_consent = v_session.marketing_consent,
        is_ads = v_session.is_ads,
        attribution = v_session.attribution,
        first_of_day = v_session.first_of_day,
        first_ads_of_day = v_session.first_ads_of_day
    where sessions.site_id = session.site_id and sessions.id = session.id
        and sessions.created_month = session.created_month;
    if v_session.marketing_consent and session.marketing_consent is false then
        -- Cards that nobody has judged yet may be exported from now on.
        update app.calls set marketing_consent = true
        where calls.site_id = session.site_id and calls.session_id = session.id and calls.status = 'intent';
    end if;
    return v_session;
end;
$$;

comment on function ops.fill_session(app.sites, app.sessions, app.sessions) is
'Fills what a session does not know yet from a later batch; lifts it once when a paid click comes '
'late.';
grant execute on function ops.fill_session(app.sites, app.sessions, app.sessions) to app_definer;
