create function ops.roll_day(site_id uuid, zone text, kinds text[], day date, from_hours boolean) returns void
language plpgsql
set search_path = ''
as $$
declare
    v_since timestamptz := app.day_start(day, zone);
    v_until timestamptz := app.day_start(day + 1, zone);
    v_dimensions text[] := array['total'] || app.stats_dimensions();
begin
    delete from app.daily_stats
    where daily_stats.site_id = roll_day.site_id and daily_stats.kind = any (kinds)
        and daily_stats.dimension = any (v_dimensions) and daily_stats.day = roll_day.day;
    -- In the order in which they are read, as in ops.roll_buckets.
    if from_hours then
        insert into app.daily_stats (
            site_id, dimension, kind, day, value, is_ads, sessions, visitors, ads_visitors, events, page_views,
            intents, phone, whatsapp, form, call, pending, sealed, junk, cancelled, revenue
        )
        select hour.site_id, hour.dimension, hour.kind, roll_day.day, hour.value, hour.is_ads,
            sum(hour.sessions), sum(hour.visitors), sum(hour.ads_visitors), sum(hour.events), sum(hour.page_views),
            sum(hour.intents), sum(hour.phone), sum(hour.whatsapp), sum(hour.form), sum(hour.call),
            sum(hour.pending), sum(hour.sealed), sum(hour.junk), sum(hour.cancelled), sum(hour.revenue)
        from app.hourly_stats as hour
        where hour.site_id = roll_day.site_id and hour.kind = any (kinds)
            and hour.dimension = any (v_dimensions) and hour.hour >= v_since and hour.hour < v_until
        group by hour.site_id, hour.dimension, hour.kind, hour.value, hour.is_ads
        order by hour.dimension, hour.kind, hour.value, hour.is_ads;
        return;
    end if;
    if 'visits' = any (kinds) then
        insert into app.daily_stats (
            site_id, dimension, kind, day, value, is_ads, sessions, visitors, ads_visitors, events, page_views
        )
        select roll_day.site_id, raw.dimension, 'visits', roll_day.day, raw.value, raw.is_ads,
            raw.sessions, raw.visitors, raw.ads_visitors, raw.events, raw.page_views
        from app.visit_stats(roll_day.site_id, array[v_since], array[v_until], v_dimensions) as raw
        order by raw.dimension, raw.value, raw.is_ads;
    end if;
    insert into app.daily_stats (
        site_id, dimension, kind, day, value, is_ads,
        intents, phone, whatsapp, form, call, pending, sealed, junk, cancelled, revenue
    )
    select roll_day.site_id, raw.dimension, cards.kind, roll_day.day, raw.value, raw.is_ads,
        raw.intents, raw.phone, raw.whatsapp, raw.form, raw.call,
        raw.pending, raw.sealed, raw.junk, raw.cancelled, raw.revenue
    from unnest(kinds) as cards (kind)
    cross join lateral app.card_stats(
        roll_day.site_id, cards.kind, array[v_since], array[v_until], v_dimensions
    ) as raw
    where cards.kind in ('leads', 'sales')
    order by raw.dimension, cards.kind, raw.value, raw.is_ads;
end;
$$;

comment on function ops.roll_day(uuid, text, text[], date, boolean) is
'Makes a day of a site anew, from its hours where these have dimensions, else from the raw rows.';
