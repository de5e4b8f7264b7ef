create function ops.roll_buckets(
    site_id uuid, zone text, slices_from timestamptz, kinds text[], buckets timestamptz[], with_details boolean
) returns void
language plpgsql
set search_path = ''
as $$
declare
    v_untils timestamptz[] := array(
        select app.bucket_after(bucket, zone, slices_from)
        from unnest(buckets) with ordinality as one (bucket, n) order by one.n
    );
    v_dimensions text[] := array['total'];
begin
    if with_details then
        v_dimensions := v_dimensions || app.stats_dimensions();
    end if;
    -- By their time, not by their beginning: an hour takes the place of its slices. The bounds are for the index.
    delete from app.hourly_stats using unnest(buckets, v_untils) as gone (since, until)
    where hourly_stats.site_id = roll_buckets.site_id and hourly_stats.kind = any (kinds)
        and hourly_stats.dimension = any (array['total'] || app.stats_dimensions())
        and hourly_stats.hour >= buckets[1] and hourly_stats.hour < v_untils[cardinality(v_untils)]
        and hourly_stats.hour >= gone.since and hourly_stats.hour < gone.until;
    -- In the order in which they are read: else each row of a dimension lies on another page.
    if 'visits' = any (kinds) then
        insert into app.hourly_stats (
            site_id, dimension, kind, hour, value, is_ads, sessions, visitors, ads_visitors, events, page_views
        )
        select roll_buckets.site_id, raw.dimension, 'visits', buckets[raw.piece], raw.value, raw.is_ads,
            raw.sessions, raw.visitors, raw.ads_visitors, raw.events, raw.page_views
        from app.visit_stats(roll_buckets.site_id, buckets, v_untils, v_dimensions) as raw
        order by raw.dimension, raw.piece, raw.value, raw.is_ads;
    end if;
    insert into app.hourly_stats (
        site_id, dimension, kind, hour, value, is_ads,
        intents, phone, whatsapp, form, call, pending, sealed, junk, cancelled, revenue
    )
    select roll_buckets.site_id, raw.dimension, cards.kind, buckets[raw.piece], raw.value, raw.is_ads,
        raw.intents, raw.phone, raw.whatsapp, raw.form, raw.call,
        raw.pending, raw.sealed, raw.junk, raw.cancelled, raw.revenue
    from unnest(kinds) as cards (kind)
    cross join lateral app.card_stats(roll_buckets.site_id, cards.kind, buckets, v_untils, v_dimensions) as raw
    where cards.kind in ('leads', 'sales')
    order by raw.dimension, cards.kind, raw.piece, raw.value, raw.is_ads;
end;
$$;

comment on function ops.roll_buckets(uuid, text, timestamptz, text[], timestamptz[], boolean) is
'Makes these buckets of a site anew from the raw rows, in order; with dimensions, or only totals.';
