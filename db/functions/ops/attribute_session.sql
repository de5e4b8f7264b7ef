create function ops.attribute_session(site app.sites, session app.sessions) returns app.sessions
language plpgsql
as $$
declare
    v_day date := app.day_of(session.created_at, site.time_zone);
    v_since timestamptz := app.day_start(v_day, site.time_zone);
    v_until timestamptz := app.day_start(v_day + 1, site.time_zone);
    v_is_seen boolean := false;
    v_is_ads_seen boolean := false;
    v_is_ads_before boolean := false;
    v_has_heirs boolean := false;
begin
    if session.visitor_id is not null then
        select
            coalesce(bool_or(other.created_at >= v_since and (other.created_at, other.id)
                < (session.created_at, session.id)), false),
            coalesce(bool_or(other.is_ads and other.created_at >= v_since and (other.created_at, other.id)
                < (session.created_at, session.id)), false),
            coalesce(bool_or(other.is_ads and other.created_at < session.created_at), false),
            coalesce(bool_or((other.first_of_day or other.first_ads_of_day) and (other.created_at, other.id)
                > (session.created_at, session.id)), false)
        into v_is_seen, v_is_ads_seen, v_is_ads_before, v_has_heirs
        from app.sessions as other
        where other.site_id = site.id and other.visitor_id = session.visitor_id and other.id <> session.id
            and not other.is_bot
            and other.created_at >= session.created_at - interval '180 days' and other.created_at < v_until
            and other.created_month >= (date_trunc('month',
                (session.created_at - interval '180 days') at time zone 'UTC'))::date
            and other.created_month <= (v_until at time zone 'UTC')::date;
        session.first_of_day := not session.is_bot and not v_is_seen;
        session.first_ads_of_day := not session.is_bot and session.is_ads and not v_is_ads_seen;
        if v_has_heirs and (session.first_of_day or session.first_ads_of_day) then
            -- It came late, or became an ads visit late: a later one stood as the first of that day until now.
            update app.sessions as other set
                first_of_day = other.first_of_day and not session.first_of_day,
                first_ads_of_day = other.first_ads_of_day and not session.first_ads_of_day
            where other.site_id = site.id and other.visitor_id = session.visitor_id and other.id <> session.id
                and other.created_at >= session.created_at and other.created_at < v_until
                and other.created_month >= session.created_month
                and other.created_month <= (v_until at time zone 'UTC')::date
                and ((other.first_of_day and session.first_of_day)
                    or (other.first_ads_of_day and session.first_ads_of_day));
        end if;
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
'Attribution, daily flags and the signals that the past gives. The caller holds app.lock_visitor; a later session of '
'the day gives its flags up.';
grant execute on function ops.attribute_session(app.sites, app.sessions) to app_definer;
