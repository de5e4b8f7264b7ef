create function ops.restart_stats(site_id uuid, ready timestamptz) returns void
language plpgsql
set search_path = ''
as $$
declare
    v_zone text := (select sites.time_zone from app.sites where sites.id = restart_stats.site_id);
    v_old_zone text;
    v_raw_from timestamptz;
    v_frozen timestamptz;
    v_was timestamptz;
    v_is timestamptz;
    v_last date;
    v_day date;
    v_hour timestamptz;
    v_hours timestamptz[];
    v_sign integer;
    v_first date;
    v_since timestamptz;
begin
    select stats_progress.raw_from, stats_progress.time_zone into v_raw_from, v_old_zone from app.stats_progress
    where stats_progress.site_id = restart_stats.site_id for update;
    -- All is counted anew, so these say nothing any more. Before any row is looked at: the mark of who commits after
    -- this stays.
    delete from app.stats_marks where stats_marks.site_id = restart_stats.site_id;
    if isfinite(v_raw_from) and v_old_zone <> v_zone then
        -- The days of retired visits stay those of the old zone. The first that is made anew begins when it does in
        -- the new one: what lies between the two midnights is taken to the day before, or from it.
        v_was := app.frozen_until(v_raw_from, v_old_zone);
        v_last := app.day_of(v_was, v_old_zone);
        v_day := greatest(v_last, 1 + app.day_of(v_raw_from - interval '1 microsecond', v_zone));
        v_is := app.day_start(v_day, v_zone);
        v_hour := case when v_was < v_is then v_was else app.hour_of(v_is, v_old_zone) end;
        -- From here on the job may not have come since the zone before.
        delete from app.daily_stats
        where daily_stats.site_id = restart_stats.site_id and daily_stats.kind = 'visits' and daily_stats.day >= v_last;
        delete from app.hourly_stats
        where hourly_stats.site_id = restart_stats.site_id and hourly_stats.kind = 'visits'
            and hourly_stats.hour >= v_hour;
        v_sign := sign(extract(epoch from v_is - v_was));
        insert into app.daily_stats as day (
            site_id, dimension, kind, day, value, is_ads, sessions, visitors, ads_visitors, events, page_views
        )
        select restart_stats.site_id, raw.dimension, 'visits', v_day - 1, raw.value, raw.is_ads,
            raw.sessions, raw.visitors, raw.ads_visitors, raw.events, raw.page_views
        from app.visit_stats(
            restart_stats.site_id, array[least(v_was, v_is)], array[greatest(v_was, v_is)],
            array['total'] || app.stats_dimensions()
        ) as raw
        on conflict on constraint daily_stats_pkey do update set
            sessions = greatest(0, day.sessions + v_sign * excluded.sessions),
            visitors = greatest(0, day.visitors + v_sign * excluded.visitors),
            ads_visitors = greatest(0, day.ads_visitors + v_sign * excluded.ads_visitors),
            events = greatest(0, day.events + v_sign * excluded.events),
            page_views = greatest(0, day.page_views + v_sign * excluded.page_views);
        if v_hour < v_is then
            v_hours := v_hour || (app.bucket_starts(v_hour, v_is, v_zone, 'hour'))[2:];
            insert into app.hourly_stats (
                site_id, dimension, kind, hour, value, is_ads, sessions, visitors, ads_visitors, events, page_views
            )
            select restart_stats.site_id, raw.dimension, 'visits', v_hours[raw.piece], raw.value, raw.is_ads,
                raw.sessions, raw.visitors, raw.ads_visitors, raw.events, raw.page_views
            from app.visit_stats(restart_stats.site_id, v_hours, v_hours[2:] || v_is, array['total']) as raw;
        end if;
        v_raw_from := v_is;
    end if;
    v_frozen := coalesce(app.frozen_until(v_raw_from, v_zone), '-infinity');
    delete from app.hourly_stats
    where hourly_stats.site_id = restart_stats.site_id
        and (hourly_stats.kind <> 'visits' or hourly_stats.hour >= v_frozen);
    delete from app.daily_stats
    where daily_stats.site_id = restart_stats.site_id
        and (daily_stats.kind <> 'visits' or app.day_start(daily_stats.day, v_zone) >= v_frozen);
    -- What comes after this look and is older, marks.
    v_first := app.day_of(least(
        (
            select min(sessions.created_at) from app.sessions
            where sessions.site_id = restart_stats.site_id
                and sessions.created_month
                >= coalesce(date_trunc('month', v_raw_from at time zone 'UTC')::date, '-infinity')
        ),
        (select min(calls.tapped_at) from app.calls where calls.site_id = restart_stats.site_id),
        (select min(calls.sealed_at) from app.calls where calls.site_id = restart_stats.site_id),
        ready
    ), v_zone);
    -- At least a day back: younger writes do not mark.
    v_since := app.day_start(least(v_first, app.day_of(ready, v_zone) - 1), v_zone);
    insert into app.stats_progress (site_id, time_zone, rolled_until, slices_from, next_at, details_from, raw_from)
    values (
        restart_stats.site_id, v_zone, v_since, v_since, app.bucket_after(v_since, v_zone, '-infinity'),
        app.day_start(app.day_of(ready, v_zone) - 9, v_zone), coalesce(v_raw_from, '-infinity')
    )
    on conflict on constraint stats_progress_pkey do update set
        time_zone = excluded.time_zone, rolled_until = excluded.rolled_until,
        slices_from = excluded.slices_from, next_at = excluded.next_at, details_from = excluded.details_from,
        raw_from = excluded.raw_from;
end;
$$;

comment on function ops.restart_stats(uuid, timestamptz) is
'Lets the rollups of a site begin anew, before its first raw row: a new site, or another zone. '
'Visits of retired months stay as they are.';
