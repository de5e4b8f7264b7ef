create function ops.roll_site(site_id uuid, ready timestamptz) returns boolean
language plpgsql
set search_path = ''
as $$
declare
    v_zone text := (select sites.time_zone from app.sites where sites.id = roll_site.site_id);
    v_progress app.stats_progress;
    v_frozen timestamptz;
    v_day date;
    v_since timestamptz;
    v_until timestamptz;
    v_visits timestamptz[];
    v_leads timestamptz[];
    v_sales timestamptz[];
    v_kinds text[];
    v_details boolean;
    v_from timestamptz;
    v_to timestamptz;
    v_whole timestamptz;
    v_buckets timestamptz[];
begin
    select stats_progress.* into v_progress from app.stats_progress
    where stats_progress.site_id = roll_site.site_id for update;
    if v_progress.stamped_until < 'infinity' then
        -- The job stamp_visits comes first.
        return false;
    end if;
    if v_progress.site_id is null or v_progress.time_zone <> v_zone or v_progress.rolled_until = '-infinity' then
        perform ops.restart_stats(site_id, ready);
        return true;
    end if;
    v_frozen := app.frozen_until(v_progress.raw_from, v_zone);

    -- Late writes first, a day at a time, the oldest first.
    select app.day_of(stats_marks.at, v_zone) into v_day from app.stats_marks
    where stats_marks.site_id = roll_site.site_id order by stats_marks.at limit 1;
    if found then
        v_since := app.day_start(v_day, v_zone);
        v_until := app.day_start(v_day + 1, v_zone);
        v_details := v_since >= v_progress.details_from;
        -- A statement before those that read the raw rows, so in an earlier snapshot: the mark of a writer
        -- who commits in between stays for the next time.
        with gone as (
            delete from app.stats_marks
            where stats_marks.site_id = roll_site.site_id and stats_marks.at >= v_since and stats_marks.at < v_until
            returning stats_marks.kind, stats_marks.at
        ), late as (
            select distinct gone.kind, app.bucket_of(gone.at, v_zone, v_progress.slices_from) as bucket from gone
            where gone.at < v_progress.rolled_until and (gone.kind <> 'visits' or gone.at >= v_frozen)
        )
        select
            array_agg(late.bucket order by late.bucket) filter (where late.kind = 'visits'),
            array_agg(late.bucket order by late.bucket) filter (where late.kind = 'leads'),
            array_agg(late.bucket order by late.bucket) filter (where late.kind = 'sales')
        into v_visits, v_leads, v_sales
        from late;
        if v_visits is not null then
            perform ops.roll_buckets(site_id, v_zone, v_progress.slices_from, array['visits'], v_visits, v_details);
            v_kinds := array['visits'];
        end if;
        if v_leads is not null then
            perform ops.roll_buckets(site_id, v_zone, v_progress.slices_from, array['leads'], v_leads, v_details);
            v_kinds := v_kinds || array['leads'];
        end if;
        if v_sales is not null then
            perform ops.roll_buckets(site_id, v_zone, v_progress.slices_from, array['sales'], v_sales, v_details);
            v_kinds := v_kinds || array['sales'];
        end if;
        if v_kinds is not null and v_until <= v_progress.rolled_until then
            perform ops.roll_day(site_id, v_zone, v_kinds, v_day, v_details);
        end if;
        return true;
    end if;

    -- Then hours that ended an hour ago, as whole ones, so that what still changes is in slices; else the next slices.
    -- To the end of their day at most.
    v_whole := app.hour_of(ready - interval '1 hour', v_zone);
    v_from := case when v_progress.slices_from < v_whole then v_progress.slices_from else v_progress.rolled_until end;
    v_day := app.day_of(v_from, v_zone);
    v_since := app.day_start(v_day, v_zone);
    v_until := app.day_start(v_day + 1, v_zone);
    if v_progress.slices_from < v_whole then
        v_to := least(v_whole, v_until);
        v_progress.slices_from := v_to;
    else
        v_to := least(app.bucket_of(ready, v_zone, '-infinity'), v_until);
    end if;
    if v_from >= v_to then
        return false;
    end if;
    v_buckets := array(
        select distinct app.bucket_of(at, v_zone, v_progress.slices_from) as bucket
        from generate_series(v_from, v_to - interval '1 microsecond', '10 minutes') as at
        order by bucket
    );
    v_kinds := array['leads', 'sales'];
    if v_since >= v_frozen then
        v_kinds := v_kinds || array['visits'];
    end if;
    v_details := v_since >= v_progress.details_from;
    perform ops.roll_buckets(site_id, v_zone, v_progress.slices_from, v_kinds, v_buckets, v_details);
    if v_to > v_progress.rolled_until and v_to = v_until then
        perform ops.roll_day(site_id, v_zone, v_kinds, v_day, v_details);
        -- Nine days of hours with dimensions: as far back as the browser's queue may bring something.
        v_progress.details_from := greatest(v_progress.details_from, app.day_start(v_day - 8, v_zone));
        delete from app.hourly_stats
        where hourly_stats.site_id = roll_site.site_id and hourly_stats.dimension = any (app.stats_dimensions())
            and hourly_stats.kind in ('visits', 'leads', 'sales') and hourly_stats.hour < v_progress.details_from;
    end if;
    v_progress.rolled_until := greatest(v_progress.rolled_until, v_to);
    update app.stats_progress set
        rolled_until = v_progress.rolled_until,
        slices_from = v_progress.slices_from,
        next_at = app.bucket_after(v_progress.rolled_until, v_zone, '-infinity'),
        details_from = v_progress.details_from
    where stats_progress.site_id = roll_site.site_id;
    return true;
end;
$$;

comment on function ops.roll_site(uuid, timestamptz) is
'One step of a site''s rollups, in this transaction: a day that was written to late, or the next hours or slices that '
'were over when all was written that is not marked (ready). False: nothing to do.';
