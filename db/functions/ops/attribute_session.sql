create function ops.attribute_session(site app.sites, session app.sessions) returns app.sessions
language plpgsql
set search_path = ''
-- Planning over all months costs more than running over one.
set plan_cache_mode = force_generic_plan
as $$
declare
    v_day timestamp := date_trunc('day', session.created_at at time zone site.time_zone);
    v_is_seen_today boolean := false;
    v_is_ads_today boolean := false;
    v_is_ads_before boolean := false;
begin
    if session.visitor_id is not null then
        -- Two first visits of one visitor at once must not both be the first of their day.
        perform pg_advisory_xact_lock(hashtextextended('visitor:' || site.id || session.visitor_id, 0));
        select
            coalesce(bool_or(past.created_at >= v_day at time zone site.time_zone), false),
            coalesce(bool_or(past.is_ads and past.created_at >= v_day at time zone site.time_zone), false),
            coalesce(bool_or(past.is_ads and past.created_at < session.created_at), false)
        into v_is_seen_today, v_is_ads_today, v_is_ads_before
        from app.sessions as past
        where past.site_id = site.id and past.visitor_id = session.visitor_id and past.id <> session.id
            and not past.is_bot
            and past.created_at >= session.created_at - interval '180 days'
            and past.created_at < (v_day + interval '1 day') at time zone site.time_zone
            and past.created_month >= (date_trunc('month',
                (session.created_at - interval '180 days') at time zone 'UTC'))::date;
        session.first_of_day := not session.is_bot and not v_is_seen_today;
        session.first_ads_of_day := not session.is_bot and session.is_ads and not v_is_ads_today;
        if v_is_ads_before then
            session.signals := array_append(session.signals, 'returning_ads');
        end if;
    end if;
    if app.is_google(session.referrer_host) then
        session.signals := array_append(session.signals, 'google_referrer');
    end if;
    session.attribution := app.attribution(
        coalesce(session.gclid, session.wbraid, session.gbraid) is not null,
        coalesce(session.fbclid, session.ttclid) is not null,
        case when session.msclkid is not null then 'cpc' else session.utm_medium end,
        session.referrer_host, v_is_ads_before
    );
    return session;
end;
$$;

comment on function ops.attribute_session(app.sites, app.sessions) is
'Attribution, daily flags and the signals that the past gives, under a lock on site and visitor.';
grant execute on function ops.attribute_session(app.sites, app.sessions) to app_definer;
