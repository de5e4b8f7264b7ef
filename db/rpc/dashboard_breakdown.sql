create function api.dashboard_breakdown(
    site_id uuid, dimension text, since timestamptz, until timestamptz, ads_only boolean default true,
    top integer default 10
) returns table (
    value text,
    label text,
    is_other boolean,
    sessions bigint,
    visitors bigint,
    intents bigint,
    pending bigint,
    sealed bigint,
    junk bigint,
    revenue_by_lead_day numeric,
    share numeric,
    previous_sessions bigint,
    previous_visitors bigint,
    previous_intents bigint,
    previous_sealed bigint,
    previous_junk bigint,
    previous_revenue_by_lead_day numeric,
    currency text
)
language plpgsql
stable
set search_path = ''
set plan_cache_mode = force_generic_plan
as $$
declare
    v_site record;
    v_past record;
begin
    -- null is as if it was not said.
    ads_only := coalesce(ads_only, true);
    perform access.require_role(site_id, 'viewer');
    select sites.time_zone, sites.currency into strict v_site
    from app.sites where sites.id = dashboard_breakdown.site_id;
    perform app.require_range(since, until, v_site.time_zone);
    if dimension is null or dimension <> all (app.stats_dimensions()) then
        raise sqlstate 'PT400' using
            message = 'invalid_dimension',
            detail = 'dimension is one of ' || array_to_string(app.stats_dimensions(), ', ') || '.';
    end if;
    if top is null or top not between 1 and 999 then
        -- With Other they are the 1,000 rows that an answer has.
        raise sqlstate 'PT400' using message = 'invalid_top', detail = 'top is between 1 and 999.';
    end if;
    select past.starts_at, past.ends_at into v_past from app.previous_range(since, until, v_site.time_zone) as past;
    return query
    with sums as (
        select
            part.value,
            sum(part.sessions) filter (where part.is_current) as sessions,
            sum(part.visitors) filter (where part.is_current) as visitors,
            sum(part.intents) filter (where part.is_current) as intents,
            sum(part.pending) filter (where part.is_current) as pending,
            sum(part.sealed) filter (where part.is_current) as sealed,
            sum(part.junk) filter (where part.is_current) as junk,
            sum(part.revenue) filter (where part.is_current) as revenue,
            sum(part.sessions) filter (where not part.is_current) as previous_sessions,
            sum(part.visitors) filter (where not part.is_current) as previous_visitors,
            sum(part.intents) filter (where not part.is_current) as previous_intents,
            sum(part.sealed) filter (where not part.is_current) as previous_sealed,
            sum(part.junk) filter (where not part.is_current) as previous_junk,
            sum(part.revenue) filter (where not part.is_current) as previous_revenue
        from (
            select true as is_current, now.value, now.sessions,
                case when ads_only then now.ads_visitors else now.visitors end as visitors,
                now.intents, now.pending, now.sealed, now.junk, now.revenue
            from app.stats_of(
                dashboard_breakdown.site_id, v_site.time_zone, array['visits', 'leads'], dashboard_breakdown.dimension,
                array[since, until], false, ads_only
            ) as now
            union all
            select false, past.value, past.sessions, case when ads_only then past.ads_visitors else past.visitors end,
                past.intents, past.pending, past.sealed, past.junk, past.revenue
            from app.stats_of(
                dashboard_breakdown.site_id, v_site.time_zone, array['visits', 'leads'], dashboard_breakdown.dimension,
                array[v_past.starts_at, v_past.ends_at], false, ads_only
            ) as past
        ) as part
        group by part.value
    ), ranked as (
        select sums.*, row_number() over (
            order by sums.intents desc nulls last, sums.sessions desc nulls last, sums.value collate "C"
        ) as rank
        from sums
    )
    select
        case when shown.place <= top then nullif(min(shown.value), '') end,
        case
            when shown.place > top then 'Other' when min(shown.value) = '' then '(none)' else min(shown.value)
        end,
        shown.place > top,
        coalesce(sum(shown.sessions), 0)::bigint,
        coalesce(sum(shown.visitors), 0)::bigint,
        coalesce(sum(shown.intents), 0)::bigint,
        coalesce(sum(shown.pending), 0)::bigint,
        coalesce(sum(shown.sealed), 0)::bigint,
        coalesce(sum(shown.junk), 0)::bigint,
        coalesce(sum(shown.revenue), 0),
        round(coalesce(sum(shown.intents), 0) / nullif(sum(sum(shown.intents)) over (), 0), 4),
        coalesce(sum(shown.previous_sessions), 0)::bigint,
        coalesce(sum(shown.previous_visitors), 0)::bigint,
        coalesce(sum(shown.previous_intents), 0)::bigint,
        coalesce(sum(shown.previous_sealed), 0)::bigint,
        coalesce(sum(shown.previous_junk), 0)::bigint,
        coalesce(sum(shown.previous_revenue), 0),
        v_site.currency
    from (select least(ranked.rank, top + 1) as place, ranked.* from ranked) as shown
    group by shown.place
    order by shown.place;
end;
$$;

comment on function api.dashboard_breakdown(uuid, text, timestamptz, timestamptz, boolean, integer) is
$$Sessions, leads and sales of [since, until) by a dimension: the top values by intents, then sessions; the rest: Other.

dimension: attribution, campaign, city, device, district, keyword, landing_page (path without query), matchtype,
network, os, source (utm_source, else the referrer's host, else direct). What has none is (none), with value null;
in the row Other is_other is true. The rows sum up to dashboard_stats. share: of all
intents, 0 to 1, null without any. previous_*: the same hours, as many whole days earlier as the range is long.
404 site_not_found. 400 invalid_range, invalid_dimension, invalid_top (1 to 999).$$;

grant execute on function api.dashboard_breakdown(
    uuid, text, timestamptz, timestamptz, boolean, integer
) to authenticated;
