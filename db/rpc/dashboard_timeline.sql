create function api.dashboard_timeline(
    site_id uuid, since timestamptz, until timestamptz, granularity text default 'auto', ads_only boolean default true
) returns table (
    bucket_at timestamptz,
    label text,
    granularity_used text,
    sessions bigint,
    ads_sessions bigint,
    visitors bigint,
    events bigint,
    page_views bigint,
    intents bigint,
    phone bigint,
    whatsapp bigint,
    form bigint,
    call bigint,
    pending bigint,
    sealed bigint,
    junk bigint,
    cancelled bigint,
    cvr numeric,
    revenue_by_lead_day numeric,
    revenue_by_seal_day numeric,
    budget_saved numeric,
    currency text
)
language plpgsql
stable
set search_path = ''
set plan_cache_mode = force_generic_plan
as $$
declare
    v_site record;
    v_length interval;
    v_granularity text := granularity;
    v_starts timestamptz[];
    v_edges timestamptz[];
begin
    -- null is as if it was not said.
    ads_only := coalesce(ads_only, true);
    perform access.require_role(site_id, 'viewer');
    select sites.time_zone, sites.currency, sites.assumed_cpc into strict v_site
    from app.sites where sites.id = dashboard_timeline.site_id;
    perform app.require_range(since, until, v_site.time_zone);
    v_length := (until at time zone v_site.time_zone) - (since at time zone v_site.time_zone);
    if granularity = 'auto' then
        v_granularity := case
            when v_length <= interval '2 days' then 'hour' when v_length <= interval '62 days' then 'day' else 'week'
        end;
    elsif granularity is null or granularity not in ('hour', 'day', 'week', 'month') then
        raise sqlstate 'PT400' using
            message = 'invalid_granularity',
            detail = 'granularity is one of auto, hour, day, week, month.';
    elsif granularity = 'hour' and v_length > interval '31 days' then
        raise sqlstate 'PT400' using
            message = 'too_many_buckets',
            detail = 'Hours are shown for at most 31 days.',
            hint = 'Ask for days, or for a shorter range.';
    end if;
    v_starts := app.bucket_starts(since, until, v_site.time_zone, v_granularity);
    v_edges := since || v_starts[2:] || until;
    return query
    select
        bucket.starts_at,
        to_char(bucket.starts_at at time zone v_site.time_zone, case v_granularity
            when 'hour' then 'YYYY-MM-DD HH24:MI' when 'day' then 'YYYY-MM-DD'
            when 'week' then 'IYYY-"W"IW' else 'YYYY-MM' end),
        v_granularity,
        coalesce(sums.sessions, 0)::bigint,
        coalesce(sums.ads_sessions, 0)::bigint,
        coalesce(sums.visitors, 0)::bigint,
        coalesce(sums.events, 0)::bigint,
        coalesce(sums.page_views, 0)::bigint,
        coalesce(sums.intents, 0)::bigint,
        coalesce(sums.phone, 0)::bigint,
        coalesce(sums.whatsapp, 0)::bigint,
        coalesce(sums.form, 0)::bigint,
        coalesce(sums.call, 0)::bigint,
        coalesce(sums.pending, 0)::bigint,
        coalesce(sums.sealed, 0)::bigint,
        coalesce(sums.junk, 0)::bigint,
        coalesce(sums.cancelled, 0)::bigint,
        round(sums.sealed / nullif(sums.ads_sessions, 0), 4),
        coalesce(sums.revenue_by_lead_day, 0),
        coalesce(sums.revenue_by_seal_day, 0),
        coalesce(sums.junk, 0) * v_site.assumed_cpc,
        v_site.currency
    from unnest(v_starts) with ordinality as bucket (starts_at, n)
    left join (
        select
            part.bucket,
            sum(part.sessions) filter (where part.is_ads or not ads_only) as sessions,
            sum(part.sessions) filter (where part.is_ads) as ads_sessions,
            sum(case when ads_only then part.ads_visitors else part.visitors end) as visitors,
            sum(part.events) filter (where part.is_ads or not ads_only) as events,
            sum(part.page_views) filter (where part.is_ads or not ads_only) as page_views,
            sum(part.intents) filter (where part.is_ads or not ads_only) as intents,
            sum(part.phone) filter (where part.is_ads or not ads_only) as phone,
            sum(part.whatsapp) filter (where part.is_ads or not ads_only) as whatsapp,
            sum(part.form) filter (where part.is_ads or not ads_only) as form,
            sum(part.call) filter (where part.is_ads or not ads_only) as call,
            sum(part.pending) filter (where part.is_ads or not ads_only) as pending,
            coalesce(
                sum(part.sealed) filter (where part.kind = 'leads' and (part.is_ads or not ads_only)), 0
            ) as sealed,
            sum(part.junk) filter (where part.is_ads or not ads_only) as junk,
            sum(part.cancelled) filter (where part.is_ads or not ads_only) as cancelled,
            sum(part.revenue) filter (
                where part.kind = 'leads' and (part.is_ads or not ads_only)
            ) as revenue_by_lead_day,
            sum(part.revenue) filter (
                where part.kind = 'sales' and (part.is_ads or not ads_only)
            ) as revenue_by_seal_day
        from app.stats_of(
            dashboard_timeline.site_id, v_site.time_zone, array['visits', 'leads', 'sales'], 'total',
            v_edges, v_granularity = 'hour', false
        ) as part
        group by part.bucket
    ) as sums on sums.bucket = bucket.n
    order by bucket.n;
end;
$$;

comment on function api.dashboard_timeline(uuid, timestamptz, timestamptz, text, boolean) is
$$The numbers of dashboard_stats per hour, day, week or month of the site's zone over [since, until), without gaps.

granularity auto (default): hours up to 2 days, days up to 62, else weeks; granularity_used says which. Weeks begin
on Monday. bucket_at is when a bucket begins, label the same as the site's clocks show it; the range may cut the first
and the last bucket. Hours are counted from local midnight: a day whose clocks change has 23 to 25 of them.
The buckets sum up to dashboard_stats: a visitor counts where their first visit of the day lies.
404 site_not_found. 400 invalid_range, invalid_granularity, too_many_buckets (hours: at most 31 days).$$;

grant execute on function api.dashboard_timeline(uuid, timestamptz, timestamptz, text, boolean) to authenticated;
