create function app.visit_stats(
    site_id uuid, froms timestamptz[], untils timestamptz[], dimensions text[], zone text default null,
    ads_only boolean default false
) returns table (
    piece integer, dimension text, value text, is_ads boolean,
    sessions bigint, visitors bigint, ads_visitors bigint, events bigint, page_views bigint
)
language plpgsql
stable
set search_path = ''
-- Planning over all months costs more than running over one.
set plan_cache_mode = force_generic_plan
-- A plan for any range guesses a few rows, and would sort texts and keep copies of whole visits.
set enable_sort = off
set enable_material = off
as $$
declare
    v_first integer := 1;
    v_last integer;
    v_since timestamptz;
    v_until timestamptz;
    v_first_month date;
    v_last_month date;
    v_midnights timestamptz[];
begin
    -- Pieces that touch are read at once. Not one join with all pieces: its plan would read the whole site.
    while v_first <= cardinality(froms) loop
        v_last := v_first;
        while v_last < cardinality(froms) and untils[v_last] = froms[v_last + 1] loop
            v_last := v_last + 1;
        end loop;
        v_since := froms[v_first];
        v_until := untils[v_last];
        v_first_month := (date_trunc('month', v_since at time zone 'UTC'))::date;
        v_last_month := (v_until at time zone 'UTC')::date;
        v_first := v_last + 1;
        if zone is not null then
            -- The flags are of another zone's days. Which day a visit is of is looked up, not asked for each.
            v_midnights := array(
                select app.day_start(app.day_of(v_since, zone) + n, zone)
                from generate_series(0, app.day_of(v_until, zone) - app.day_of(v_since, zone)) as n
                order by n
            );
            return query
            select
                visit.piece, one.dimension,
                app.stats_value(
                    one.dimension, visit.attribution, visit.utm_source, visit.utm_campaign, visit.utm_term,
                    visit.matchtype, visit.network, visit.device_type, visit.device_os, visit.city, visit.district,
                    visit.entry_page, visit.referrer_host
                ),
                visit.is_ads,
                count(*),
                count(*) filter (where visit.is_first),
                count(*) filter (where visit.is_first_ads),
                sum(visit.event_count)::bigint,
                sum(visit.page_views)::bigint
            from (
                select
                    width_bucket(session.created_at, (select froms)) as piece,
                    session.attribution, session.utm_source, session.utm_campaign, session.utm_term, session.matchtype,
                    session.network, session.device_type, session.device_os, session.city, session.district,
                    session.entry_page, session.referrer_host, session.is_ads, session.event_count, session.page_views,
                    case
                        when session.visitor_id is null then session.first_of_day
                        else row_number() over (
                            partition by session.visitor_id, session.day order by session.created_at, session.id
                        ) = 1
                    end as is_first,
                    session.is_ads and case
                        when session.visitor_id is null then session.first_ads_of_day
                        else row_number() over (
                            partition by session.visitor_id, session.day, session.is_ads
                            order by session.created_at, session.id
                        ) = 1
                    end as is_first_ads
                from (
                    select sessions.*, width_bucket(sessions.created_at, v_midnights) as day
                    from app.sessions
                    where sessions.site_id = visit_stats.site_id
                        and sessions.created_at >= v_since and sessions.created_at < v_until
                        and sessions.created_month between v_first_month and v_last_month
                        and not sessions.is_bot
                ) as session
            ) as visit
            cross join unnest(dimensions) as one (dimension)
            where visit.is_ads or not ads_only
            group by 1, 2, 3, 4;
            continue;
        end if;
        return query
        select
            width_bucket(visit.created_at, (select froms)), one.dimension,
            app.stats_value(
                one.dimension, visit.attribution, visit.utm_source, visit.utm_campaign, visit.utm_term, visit.matchtype,
                visit.network, visit.device_type, visit.device_os, visit.city, visit.district, visit.entry_page,
                visit.referrer_host
            ),
            visit.is_ads,
            count(*),
            count(*) filter (where visit.first_of_day),
            count(*) filter (where visit.first_ads_of_day),
            sum(visit.event_count)::bigint,
            sum(visit.page_views)::bigint
        from app.sessions as visit
        cross join unnest(dimensions) as one (dimension)
        where visit.site_id = visit_stats.site_id
            and visit.created_at >= v_since and visit.created_at < v_until
            and visit.created_month between v_first_month and v_last_month
            and not visit.is_bot and (visit.is_ads or not ads_only)
        group by 1, 2, 3, 4;
    end loop;
end;
$$;

comment on function app.visit_stats(uuid, timestamptz[], timestamptz[], text[], text, boolean) is
'The measures of visits from the raw sessions of some pieces of time, in order, without bots. Both '
'the job and the dashboard ask here. zone: the daily flags are not by this zone yet, so visitors are counted anew.';
grant execute on function app.visit_stats(uuid, timestamptz[], timestamptz[], text[], text, boolean) to authenticated;
