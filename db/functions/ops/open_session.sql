create function ops.open_session(site app.sites, seen app.sessions) returns app.sessions
language plpgsql
set search_path = ''
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
    insert into app.sessions select v_session.*;
    return v_session;
end;
$$;

comment on function ops.open_session(app.sites, app.sessions) is
'Writes a new session as its first batch shows it; the caller holds the lock on its id.';
grant execute on function ops.open_session(app.sites, app.sessions) to app_definer;
