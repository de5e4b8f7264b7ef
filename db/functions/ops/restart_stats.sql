create function ops.restart_stats(site_id uuid, ready timestamptz) returns void
language plpgsql
set search_path = ''
as $$
declare
    v_zone text := (select sites.time_zone from app.sites where sites.id = restart_stats.site_id);
    v_raw_from timestamptz;
    v_frozen timestamptz;
    v_first date;
    v_since timestamptz;
begin
    select stats_progress.raw_from into v_raw_from from app.stats_progress
    where stats_progress.site_id = restart_stats.site_id for update;
    -- All is counted anew, so these say nothing any more. Before any row is looked at: the mark of who commits after
    -- this stays.
    delete from app.stats_marks where stats_marks.site_id = restart_stats.site_id;
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
                and sessions.created_month >= coalesce((v_raw_from at time zone 'UTC')::date, '-infinity')
        ),
        (select min(calls.tapped_at) from app.calls where calls.site_id = restart_stats.site_id),
        (select min(calls.sealed_at) from app.calls where calls.site_id = restart_stats.site_id),
        ready
    ), v_zone);
    -- At least a day back: younger writes do not mark.
    v_since := app.day_start(least(v_first, app.day_of(ready, v_zone) - 1), v_zone);
    insert into app.stats_progress (site_id, time_zone, rolled_until, slices_from, next_at, details_from)
    values (
        restart_stats.site_id, v_zone, v_since, v_since, app.bucket_after(v_since, v_zone, '-infinity'),
        app.day_start(app.day_of(ready, v_zone) - 9, v_zone)
    )
    on conflict on constraint stats_progress_pkey do update set
        time_zone = excluded.time_zone, rolled_until = excluded.rolled_until,
        slices_from = excluded.slices_from, next_at = excluded.next_at, details_from = excluded.details_from;
end;
$$;

comment on function ops.restart_stats(uuid, timestamptz) is
'Lets the rollups of a site begin anew, before its first raw row: a new site, or another zone. '
'Visits of retired months stay as they are.';
