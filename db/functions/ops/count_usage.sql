create function ops.count_usage() returns bigint
language plpgsql
set search_path = ''
as $$
declare
    v_count bigint;
begin
    insert into ops.site_usage as usage (site_id, month, events, counted_at)
    select
        sites.id,
        (month.since at time zone sites.time_zone)::date,
        (
            select coalesce(sum(visits.events), 0)
            from app.stats_of(
                sites.id, sites.time_zone, array['visits'], 'total', array[month.since, month.until], false, false
            ) as visits
        ),
        now()
    from app.sites
    -- The month before, until what came late in its last minutes is counted.
    cross join generate_series(-1, 0) as step (months)
    cross join lateral (
        select app.month_start(sites.time_zone, step.months), app.month_start(sites.time_zone, step.months + 1)
    ) as month (since, until)
    where sites.deleted_at is null and month.until > now() - interval '1 day' and month.until > sites.created_at
    on conflict on constraint site_usage_pkey do update set
        events = excluded.events, counted_at = excluded.counted_at;
    get diagnostics v_count = row_count;
    return v_count;
end;
$$;

comment on function ops.count_usage() is
'Job: counts what each site took in this month, by the rollups. A quota is held against the last count, so it is '
'overshot by at most what comes between two.';
