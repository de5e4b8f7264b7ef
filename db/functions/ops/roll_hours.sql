create function ops.roll_hours(
    site_id uuid, zone text, kinds text[], hours timestamptz[], with_details boolean
) returns void
language plpgsql
set search_path = ''
as $$
declare
    v_untils timestamptz[] := array(
        select app.hour_after(hour, zone) from unnest(hours) with ordinality as one (hour, n) order by one.n
    );
    v_dimensions text[] := array['total'];
begin
    if with_details then
        v_dimensions := v_dimensions || app.stats_dimensions();
    end if;
    delete from app.hourly_stats
    where hourly_stats.site_id = roll_hours.site_id and hourly_stats.kind = any (kinds)
        and hourly_stats.dimension = any (array['total'] || app.stats_dimensions())
        and hourly_stats.hour = any (hours);
    if 'visits' = any (kinds) then
        insert into app.hourly_stats (
            site_id, dimension, kind, hour, value, is_ads, sessions, visitors, ads_visitors, events, page_views
        )
        select roll_hours.site_id, raw.dimension, 'visits', hours[raw.piece], raw.value, raw.is_ads,
            raw.sessions, raw.visitors, raw.ads_visitors, raw.events, raw.page_views
        from app.visit_stats(roll_hours.site_id, hours, v_untils, v_dimensions) as raw;
    end if;
    insert into app.hourly_stats (
        site_id, dimension, kind, hour, value, is_ads,
        intents, phone, whatsapp, form, call, pending, sealed, junk, cancelled, revenue
    )
    select roll_hours.site_id, raw.dimension, cards.kind, hours[raw.piece], raw.value, raw.is_ads,
        raw.intents, raw.phone, raw.whatsapp, raw.form, raw.call,
        raw.pending, raw.sealed, raw.junk, raw.cancelled, raw.revenue
    from unnest(kinds) as cards (kind)
    cross join lateral app.card_stats(roll_hours.site_id, cards.kind, hours, v_untils, v_dimensions) as raw
    where cards.kind in ('leads', 'sales');
end;
$$;

comment on function ops.roll_hours(uuid, text, text[], timestamptz[], boolean) is
'Makes these hours of a site anew from the raw rows; with dimensions, or only totals.';
