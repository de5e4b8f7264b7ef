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
    select
        past.month,
        past.events,
        sites.monthly_event_quota,
        round(past.events / nullif(sites.monthly_event_quota, 0)::numeric, 4),
        app.usage_state(past.events, sites.monthly_event_quota),
        case when past.month = (app.month_start(sites.time_zone) at time zone sites.time_zone)::date then (
            past.events * extract(epoch from app.month_start(sites.time_zone, 1) - app.month_start(sites.time_zone))
            / nullif(extract(epoch from past.counted_at - app.month_start(sites.time_zone)), 0)
        )::bigint end,
        past.counted_at
    from ops.site_usage as past
    join app.sites on sites.id = past.site_id
    where past.site_id = site_usage.site_id
    order by past.month desc
    limit 13;
end;
$$;

comment on function api.site_usage(uuid) is
$$Events per month that the site took in, newest first, held against its quota of now (null: no bound).

state: ok; warning from 80 %; exceeded: only taps and forms are still taken in, the rest is answered 429
quota_exceeded. projected: the month's end at the pace so far. Counted every five minutes. 404 site_not_found.$$;

grant execute on function api.site_usage(uuid) to authenticated;
