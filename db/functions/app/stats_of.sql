create function app.stats_of(
    site_id uuid, zone text, kinds text[], dimension text, edges timestamptz[], by_hour boolean, ads_only boolean
) returns table (
    bucket integer, kind text, value text, is_ads boolean,
    sessions bigint, visitors bigint, ads_visitors bigint, events bigint, page_views bigint,
    intents bigint, phone bigint, whatsapp bigint, form bigint, call bigint,
    pending bigint, sealed bigint, junk bigint, cancelled bigint, revenue numeric
)
language plpgsql
stable
set search_path = ''
set plan_cache_mode = force_generic_plan
-- A plan for any range guesses a few rows, and would sort texts.
set enable_sort = off
as $$
declare
    v_since constant timestamptz := edges[1];
    v_until constant timestamptz := edges[cardinality(edges)];
    v_rolled timestamptz;
    v_slices timestamptz;
    v_details timestamptz;
    v_raw_from timestamptz;
    v_frozen timestamptz;
    v_kind text;
    v_from timestamptz;
    v_to timestamptz;
    v_usable timestamptz;
    v_whole tstzmultirange;
    v_days tstzmultirange;
    v_hours tstzmultirange;
    v_is_stamped boolean;
    v_cut_until timestamptz;
    v_visits tstzmultirange := tstzmultirange();
    v_leads tstzmultirange := tstzmultirange();
    v_sales tstzmultirange := tstzmultirange();
    v_raw tstzmultirange;
    v_late_kinds text[];
    v_lates timestamptz[];
    v_late_days tstzmultirange;
    v_late_hours tstzmultirange;
    v_day_kinds text[] := array[]::text[];
    v_day_froms date[] := array[]::date[];
    v_day_untils date[] := array[]::date[];
    v_hour_kinds text[] := array[]::text[];
    v_hour_froms timestamptz[] := array[]::timestamptz[];
    v_hour_untils timestamptz[] := array[]::timestamptz[];
    v_froms timestamptz[];
    v_untils timestamptz[];
    v_buckets integer[];
    v_day_edges date[];
begin
    select
        case when progress.time_zone = stats_of.zone then progress.rolled_until end,
        progress.slices_from, progress.details_from, progress.raw_from, progress.stamped_until = 'infinity'
    into v_rolled, v_slices, v_details, v_raw_from, v_is_stamped
    from app.stats_progress as progress
    where progress.site_id = stats_of.site_id;
    -- No site yet, or its buckets are another zone's.
    v_rolled := coalesce(v_rolled, '-infinity');
    v_is_stamped := coalesce(v_is_stamped, true);
    if dimension = 'total' then
        v_details := '-infinity';
    end if;

    -- What was written to late. The rest of the first day and the last one's matters to no whole day.
    if v_since < greatest(v_rolled, v_raw_from) then
        select array_agg(late.kind), array_agg(late.bucket) into v_late_kinds, v_lates
        from (
            select distinct stats_marks.kind, app.bucket_of(stats_marks.at, zone, v_slices) as bucket
            from app.stats_marks
            where stats_marks.site_id = stats_of.site_id
                and stats_marks.at >= app.bucket_of(v_since, zone, v_slices) and stats_marks.at < v_until
        ) as late;
    end if;

    -- First, of what the answer is put together: whole days, whole hours, and the rest from the raw rows.
    foreach v_kind in array kinds loop
        v_from := v_since;
        v_to := v_until;
        v_usable := v_rolled;
        v_frozen := '-infinity';
        if v_kind = 'visits' then
            if isfinite(v_raw_from) and v_raw_from > v_since then
                -- Of a retired month only its buckets are left: a bucket belongs to where it begins.
                v_frozen := app.frozen_until(v_raw_from, zone);
                v_usable := greatest(v_usable, v_frozen);
                if v_from < v_frozen then
                    v_from := case when dimension = 'total' then app.hour_after(
                        app.hour_of(v_from - interval '1 microsecond', zone), zone
                    ) else app.day_start(app.day_of(v_from - interval '1 microsecond', zone) + 1, zone) end;
                end if;
                if v_to < v_frozen then
                    v_to := case when dimension = 'total' then app.hour_after(
                        app.hour_of(v_to - interval '1 microsecond', zone), zone
                    ) else app.day_start(app.day_of(v_to - interval '1 microsecond', zone) + 1, zone) end;
                end if;
            end if;
            if v_from >= v_frozen and v_is_stamped and v_from > app.day_start(app.day_of(v_from, zone), zone) then
                -- Who of its visitors came before, only the raw rows know.
                v_cut_until := least(v_until, app.day_start(app.day_of(v_from, zone) + 1, zone));
            end if;
        end if;
        continue when v_from >= v_to;
        v_whole := tstzmultirange(tstzrange(v_from, v_to));
        v_days := '{}';
        v_hours := '{}';
        v_usable := least(v_to, v_usable);
        if v_from < v_usable then
            v_late_hours := tstzmultirange();
            v_late_days := tstzmultirange();
            if v_kind = any (v_late_kinds) then
                select
                    range_agg(tstzrange(late.bucket, app.bucket_after(late.bucket, zone, v_slices))),
                    range_agg(tstzrange(
                        app.day_start(app.day_of(late.bucket, zone), zone),
                        app.day_start(app.day_of(late.bucket, zone) + 1, zone)
                    ))
                into v_late_hours, v_late_days
                from unnest(v_late_kinds, v_lates) as late (kind, bucket)
                where late.kind = v_kind and late.bucket >= v_frozen;
                v_late_hours := coalesce(v_late_hours, tstzmultirange());
                v_late_days := coalesce(v_late_days, tstzmultirange());
            end if;
            -- Not one in the other: it would be planned in each transaction.
            v_from := app.bucket_of(v_from - interval '1 microsecond', zone, v_slices);
            v_from := app.bucket_after(v_from, zone, v_slices);
            v_usable := app.bucket_of(v_usable, zone, v_slices);
            if v_from < v_usable then
                v_hours := tstzmultirange(tstzrange(v_from, v_usable));
                if not by_hour then
                    v_from := app.day_start(app.day_of(v_from - interval '1 microsecond', zone) + 1, zone);
                    v_usable := app.day_start(app.day_of(v_usable, zone), zone);
                    if v_from < v_usable then
                        v_days := tstzmultirange(tstzrange(v_from, v_usable)) - v_late_days;
                    end if;
                end if;
                v_hours := v_hours * tstzmultirange(tstzrange(v_details, null)) - v_late_hours - v_days;
            end if;
        end if;
        v_raw := v_whole - v_days - v_hours - tstzmultirange(tstzrange(null, v_frozen));
        case v_kind
            when 'visits' then v_visits := v_raw;
            when 'leads' then v_leads := v_raw;
            when 'sales' then v_sales := v_raw;
        end case;
        if v_days <> '{}' then
            select
                v_day_kinds || array_agg(v_kind), v_day_froms || array_agg(app.day_of(lower(part), zone)),
                v_day_untils || array_agg(app.day_of(upper(part), zone))
            into v_day_kinds, v_day_froms, v_day_untils
            from unnest(v_days) as part;
        end if;
        if v_hours <> '{}' then
            select
                v_hour_kinds || array_agg(v_kind), v_hour_froms || array_agg(lower(part)),
                v_hour_untils || array_agg(upper(part))
            into v_hour_kinds, v_hour_froms, v_hour_untils
            from unnest(v_hours) as part;
        end if;
    end loop;

    -- Then the parts. The index is read for one kind at a time: for a list of them it would be read from its first day on.
    -- is_ads >= ads_only: what is not asked for is passed over in the index. (select edges): else the array is
    -- unpacked for each row.
    if v_day_kinds <> '{}' then
        -- Which day is the first after an edge is asked once, not of each row.
        v_day_edges := array(
            select app.day_of(edge - interval '1 microsecond', zone) + 1
            from unnest(edges) with ordinality as one (edge, n) order by one.n
        );
        return query
        select part_sums.*
        from unnest(v_day_kinds, v_day_froms, v_day_untils) as part (kind, since, until)
        cross join lateral (
            select
                width_bucket(sums.day, (select v_day_edges)), part.kind, sums.value, sums.is_ads,
                sum(sums.sessions), sum(sums.visitors), sum(sums.ads_visitors),
                sum(sums.events)::bigint, sum(sums.page_views)::bigint,
                sum(sums.intents), sum(sums.phone), sum(sums.whatsapp), sum(sums.form), sum(sums.call),
                sum(sums.pending), sum(sums.sealed), sum(sums.junk), sum(sums.cancelled), sum(sums.revenue)
            from app.daily_stats as sums
            where sums.site_id = stats_of.site_id and sums.dimension = stats_of.dimension
                and sums.kind = part.kind and sums.day >= part.since and sums.day < part.until
                and sums.is_ads >= stats_of.ads_only
            group by 1, 3, 4
        ) as part_sums;
    end if;
    if v_hour_kinds <> '{}' then
        return query
        select part_sums.*
        from unnest(v_hour_kinds, v_hour_froms, v_hour_untils) as part (kind, since, until)
        cross join lateral (
            select
                width_bucket(sums.hour, (select edges)), part.kind, sums.value, sums.is_ads,
                sum(sums.sessions), sum(sums.visitors), sum(sums.ads_visitors),
                sum(sums.events)::bigint, sum(sums.page_views)::bigint,
                sum(sums.intents), sum(sums.phone), sum(sums.whatsapp), sum(sums.form), sum(sums.call),
                sum(sums.pending), sum(sums.sealed), sum(sums.junk), sum(sums.cancelled), sum(sums.revenue)
            from app.hourly_stats as sums
            where sums.site_id = stats_of.site_id and sums.dimension = stats_of.dimension
                and sums.kind = part.kind and sums.hour >= part.since and sums.hour < part.until
                and sums.is_ads >= stats_of.ads_only
            group by 1, 3, 4
        ) as part_sums;
    end if;
    if v_cut_until is not null then
        return query
        select width_bucket(again.at, edges), 'visits', again.value, again.is_ads,
            0::bigint, again.visitors, again.ads_visitors, 0::bigint, 0::bigint,
            0::bigint, 0::bigint, 0::bigint, 0::bigint, 0::bigint, 0::bigint, 0::bigint, 0::bigint, 0::bigint, 0.0
        from app.returning_visitors(stats_of.site_id, stats_of.dimension, v_since, v_cut_until) as again
        where again.is_ads or not ads_only;
    end if;
    if v_visits <> '{}' then
        select part.froms, part.untils, part.buckets into v_froms, v_untils, v_buckets
        from app.cut_at(v_visits, edges) as part;
        return query
        select v_buckets[raw.piece], 'visits', raw.value, raw.is_ads,
            raw.sessions, raw.visitors, raw.ads_visitors, raw.events, raw.page_views,
            0::bigint, 0::bigint, 0::bigint, 0::bigint, 0::bigint, 0::bigint, 0::bigint, 0::bigint, 0::bigint, 0.0
        from app.visit_stats(
            stats_of.site_id, v_froms, v_untils, array[stats_of.dimension],
            case when not v_is_stamped then stats_of.zone end, stats_of.ads_only
        ) as raw;
    end if;
    foreach v_kind in array array['leads', 'sales'] loop
        v_raw := case v_kind when 'leads' then v_leads else v_sales end;
        continue when v_raw = '{}';
        select part.froms, part.untils, part.buckets into v_froms, v_untils, v_buckets
        from app.cut_at(v_raw, edges) as part;
        return query
        select v_buckets[raw.piece], v_kind, raw.value, raw.is_ads,
            0::bigint, 0::bigint, 0::bigint, 0::bigint, 0::bigint,
            raw.intents, raw.phone, raw.whatsapp, raw.form, raw.call,
            raw.pending, raw.sealed, raw.junk, raw.cancelled, raw.revenue
        from app.card_stats(
            stats_of.site_id, v_kind, v_froms, v_untils, array[stats_of.dimension], stats_of.ads_only
        ) as raw;
    end loop;
end;
$$;

comment on function app.stats_of(uuid, text, text[], text, timestamptz[], boolean, boolean) is
'The measures of a site, whose zone it is, between the edges: bucket n lies between edge n and n + 1. From rolled '
'days, rolled hours and slices (by_hour: no days, because an edge is no midnight) and, where neither is there or a '
'mark stands, the raw rows; all in the snapshot of the one who asks. More than one row may come for a bucket.';
grant execute on function app.stats_of(uuid, text, text[], text, timestamptz[], boolean, boolean) to authenticated;
