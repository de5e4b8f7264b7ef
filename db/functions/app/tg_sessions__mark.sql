create function app.tg_sessions__mark() returns trigger
language plpgsql
set search_path = ''
as $$
begin
    if tg_op = 'UPDATE' and (
        new.created_at,
        new.is_bot, new.is_ads, new.first_of_day, new.first_ads_of_day, new.event_count, new.page_views,
        new.attribution, new.utm_source, new.utm_campaign, new.utm_term, new.matchtype, new.network, new.device_type,
        new.device_os, new.city, new.district, new.entry_page, new.referrer_host
    ) is not distinct from (
        old.created_at,
        old.is_bot, old.is_ads, old.first_of_day, old.first_ads_of_day, old.event_count, old.page_views,
        old.attribution, old.utm_source, old.utm_campaign, old.utm_term, old.matchtype, old.network, old.device_type,
        old.device_os, old.city, old.district, old.entry_page, old.referrer_host
    ) then
        -- What the rollups count is as it was: a heartbeat.
        return null;
    end if;
    if tg_op <> 'INSERT' and not old.is_bot then
        insert into app.stats_marks (site_id, kind, at) values (old.site_id, 'visits', old.created_at);
    end if;
    if tg_op = 'INSERT' and not new.is_bot
        or tg_op = 'UPDATE' and not new.is_bot and (old.is_bot or new.created_at <> old.created_at) then
        insert into app.stats_marks (site_id, kind, at) values (new.site_id, 'visits', new.created_at);
    end if;
    return null;
end;
$$;

comment on function app.tg_sessions__mark() is 'Marks the time of a session that was written to late, for the rollups.';
grant execute on function app.tg_sessions__mark() to app_definer;
