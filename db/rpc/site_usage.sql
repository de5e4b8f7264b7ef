create function api.site_usage(site_id uuid) returns table (
    month date,
    events bigint,
    quota bigint,
    share numeric,
    state text,
    projected bigint,
    counted_at timestamptz
)
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
    perform access.require_role(site_id, 'viewer');
    return query
    with site as (
        select
            sites.monthly_event_quota as quota,
            app.month_start(sites.time_zone) as starts_at,
            app.month_start(sites.time_zone, 1) as ends_at,
            (app.month_start(sites.time_zone) at time zone sites.time_zone)::date as month
        from app.sites where sites.id = site_usage.site_id
    ), past as (
        select counted.month, counted.events, counted.counted_at from ops.site_usage as counted
        where counted.site_id = site_usage.site_id
        union all
        -- Nothing yet, or not counted yet.
        select site.month, 0, null from site
        where not exists (
            select from ops.site_usage as counted
            where counted.site_id = site_usage.site_id and counted.month = site.month
        )
    )
    select
        past.month,
        past.events,
        site.quota,
        round(past.events / nullif(site.quota, 0)::numeric, 4),
        app.usage_state(past.events, site.quota),
        case when past.month = site.month then coalesce((
            past.events * extract(epoch from site.ends_at - site.starts_at)
            / nullif(extract(epoch from past.counted_at - site.starts_at), 0)
        )::bigint, 0) end,
        past.counted_at
    from past
    cross join site
    order by past.month desc
    limit 13;
end;
$$;

comment on function api.site_usage(uuid) is
$$Events per month that the site took in, newest first, held against its quota of now (null: no bound).

state: ok; warning from 80 %; exceeded: only taps and forms are still taken in, the rest is answered 429
quota_exceeded. projected: the month's end at the pace so far. Counted every five minutes; a month that is not
counted yet is 0, counted_at null. 404 site_not_found.$$;

grant execute on function api.site_usage(uuid) to authenticated;
