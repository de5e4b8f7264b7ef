create function app.returning_visitors(
    site_id uuid, dimension text, since timestamptz, until timestamptz
) returns table (at timestamptz, value text, is_ads boolean, visitors bigint, ads_visitors bigint)
language plpgsql
stable
set search_path = ''
-- Planning over all months costs more than running over one.
set plan_cache_mode = force_generic_plan
as $$
declare
    v_first_month date := (date_trunc('month', since at time zone 'UTC'))::date;
    v_last_month date := (until at time zone 'UTC')::date;
begin
    return query
    -- Materialized: narrow rows are sorted, not whole visits.
    with visit as materialized (
        select
            session.id, session.created_at, session.visitor_id, session.is_ads, session.first_of_day,
            session.first_ads_of_day,
            app.stats_value(
                returning_visitors.dimension, session.attribution, session.utm_source, session.utm_campaign,
                session.utm_term, session.matchtype, session.network, session.device_type, session.device_os,
                session.city, session.district, session.entry_page, session.referrer_host
            ) as value
        from app.sessions as session
        where session.site_id = returning_visitors.site_id
            and session.created_at >= since and session.created_at < until
            and session.created_month between v_first_month and v_last_month
            and not session.is_bot and session.visitor_id is not null
    )
    select
        again.created_at, again.value, again.is_ads,
        (again.n = 1 and not again.first_of_day)::integer::bigint,
        (again.is_ads and again.n_ads = 1 and not again.first_ads_of_day)::integer::bigint
    from (
        select visit.*, row_number() over past as n, count(*) filter (where visit.is_ads) over past as n_ads
        from visit
        window past as (partition by visit.visitor_id order by visit.created_at, visit.id rows unbounded preceding)
    ) as again
    where (again.n = 1 and not again.first_of_day)
        or (again.is_ads and again.n_ads = 1 and not again.first_ads_of_day);
end;
$$;

comment on function app.returning_visitors(uuid, text, timestamptz, timestamptz) is
'Who came before since on the same day and again until then, at their first visit in between: what the daily flags do '
'not say of a day whose beginning is not asked for.';
grant execute on function app.returning_visitors(uuid, text, timestamptz, timestamptz) to authenticated;
