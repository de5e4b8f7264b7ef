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
    select
        visit.created_at,
        app.stats_value(
            returning_visitors.dimension, visit.attribution, visit.utm_source, visit.utm_campaign, visit.utm_term,
            visit.matchtype, visit.network, visit.device_type, visit.device_os, visit.city, visit.district,
            visit.entry_page, visit.referrer_host
        ),
        visit.is_ads,
        visit.is_first::integer::bigint,
        visit.is_first_ads::integer::bigint
    from (
        select
            again.*,
            not exists (
                select from app.sessions as earlier
                where earlier.site_id = returning_visitors.site_id and earlier.visitor_id = again.visitor_id
                    and earlier.created_at >= since and earlier.created_at <= again.created_at
                    and (earlier.created_at, earlier.id) < (again.created_at, again.id)
                    and earlier.created_month between v_first_month and v_last_month
                    and not earlier.is_bot
            ) as is_first,
            again.is_ads and not again.first_ads_of_day and not exists (
                select from app.sessions as earlier
                where earlier.site_id = returning_visitors.site_id and earlier.visitor_id = again.visitor_id
                    and earlier.created_at >= since and earlier.created_at <= again.created_at
                    and (earlier.created_at, earlier.id) < (again.created_at, again.id)
                    and earlier.created_month between v_first_month and v_last_month
                    and not earlier.is_bot and earlier.is_ads
            ) as is_first_ads
        from app.sessions as again
        where again.site_id = returning_visitors.site_id and again.created_at >= since and again.created_at < until
            and again.created_month between v_first_month and v_last_month
            and not again.first_of_day and not again.is_bot and again.visitor_id is not null
    ) as visit
    where visit.is_first or visit.is_first_ads;
end;
$$;

comment on function app.returning_visitors(uuid, text, timestamptz, timestamptz) is
'Who came before since on the same day and again until then, at their first visit in between: what the daily flags do '
'not say of a day whose beginning is not asked for.';
grant execute on function app.returning_visitors(uuid, text, timestamptz, timestamptz) to authenticated;
