create function ops.rebuild_stats(site_id uuid, since date, until date) returns bigint
language plpgsql
set search_path = ''
as $$
declare
    v_site record;
    v_frozen timestamptz;
    v_day date;
    v_since timestamptz;
    v_until timestamptz;
    v_buckets timestamptz[];
    v_kinds text[];
    v_done bigint := 0;
begin
    for v_site in
        select progress.*, sites.time_zone = progress.time_zone as is_current
        from app.stats_progress as progress
        join app.sites on sites.id = progress.site_id
        where progress.site_id = rebuild_stats.site_id or rebuild_stats.site_id is null
        order by progress.site_id
        for update of progress
    loop
        continue when not v_site.is_current;
        v_frozen := app.frozen_until(v_site.raw_from, v_site.time_zone);
        v_day := since;
        while v_day < until loop
            v_since := app.day_start(v_day, v_site.time_zone);
            v_until := app.day_start(v_day + 1, v_site.time_zone);
            exit when v_since >= v_site.rolled_until;
            v_kinds := array['leads', 'sales'];
            if v_since >= v_frozen then
                v_kinds := v_kinds || array['visits'];
            end if;
            delete from app.stats_marks
            where stats_marks.site_id = v_site.site_id and stats_marks.at >= v_since and stats_marks.at < v_until;
            v_buckets := array(
                select distinct app.bucket_of(at, v_site.time_zone, v_site.slices_from) as bucket
                from generate_series(
                    v_since, least(v_until, v_site.rolled_until) - interval '1 microsecond', '10 minutes'
                ) as at
                order by bucket
            );
            delete from app.hourly_stats
            where hourly_stats.site_id = v_site.site_id and hourly_stats.kind = any (v_kinds)
                and hourly_stats.hour >= v_since and hourly_stats.hour < v_until;
            delete from app.daily_stats
            where daily_stats.site_id = v_site.site_id and daily_stats.kind = any (v_kinds)
                and daily_stats.day = v_day;
            perform ops.roll_buckets(
                v_site.site_id, v_site.time_zone, v_site.slices_from, v_kinds, v_buckets,
                v_since >= v_site.details_from
            );
            if v_until <= v_site.rolled_until then
                perform ops.roll_day(
                    v_site.site_id, v_site.time_zone, v_kinds, v_day, v_since >= v_site.details_from
                );
            end if;
            v_done := v_done + 1;
            v_day := v_day + 1;
        end loop;
    end loop;
    return v_done;
end;
$$;

comment on function ops.rebuild_stats(uuid, date, date) is
'Makes the rollups of [since, until) anew from the raw rows, of one site or (null) of all, as far as '
'the job has come. Visits of retired months stay. Returns how many days. pyctl stats rebuild calls it day by day.';
