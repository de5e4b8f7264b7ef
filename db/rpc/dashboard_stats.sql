create function api.dashboard_stats(
    site_id uuid, since timestamptz, until timestamptz, ads_only boolean default true, compare boolean default false
) returns table (
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
    currency text,
    period text,
    starts_at timestamptz,
    ends_at timestamptz
)
language plpgsql
stable
set search_path = ''
set plan_cache_mode = force_generic_plan
as $$
declare
    v_site record;
begin
    -- null is as if it was not said.
    ads_only := coalesce(ads_only, true);
    perform access.require_role(site_id, 'viewer');
    select sites.time_zone, sites.currency, sites.assumed_cpc into strict v_site
    from app.sites where sites.id = dashboard_stats.site_id;
    perform app.require_range(since, until, v_site.time_zone);
    period := 'current';
    starts_at := since;
    ends_at := until;
    currency := v_site.currency;
    loop
        select
            coalesce(sum(part.sessions) filter (where part.is_ads or not ads_only), 0),
            coalesce(sum(part.sessions) filter (where part.is_ads), 0),
            coalesce(sum(case when ads_only then part.ads_visitors else part.visitors end), 0),
            coalesce(sum(part.events) filter (where part.is_ads or not ads_only), 0),
            coalesce(sum(part.page_views) filter (where part.is_ads or not ads_only), 0),
            coalesce(sum(part.intents) filter (where part.is_ads or not ads_only), 0),
            coalesce(sum(part.phone) filter (where part.is_ads or not ads_only), 0),
            coalesce(sum(part.whatsapp) filter (where part.is_ads or not ads_only), 0),
            coalesce(sum(part.form) filter (where part.is_ads or not ads_only), 0),
            coalesce(sum(part.call) filter (where part.is_ads or not ads_only), 0),
            coalesce(sum(part.pending) filter (where part.is_ads or not ads_only), 0),
            coalesce(sum(part.sealed) filter (where part.kind = 'leads' and (part.is_ads or not ads_only)), 0),
            coalesce(sum(part.junk) filter (where part.is_ads or not ads_only), 0),
            coalesce(sum(part.cancelled) filter (where part.is_ads or not ads_only), 0),
            coalesce(sum(part.revenue) filter (where part.kind = 'leads' and (part.is_ads or not ads_only)), 0),
            coalesce(sum(part.revenue) filter (where part.kind = 'sales' and (part.is_ads or not ads_only)), 0)
        into sessions, ads_sessions, visitors, events, page_views, intents, phone, whatsapp, form, call,
            pending, sealed, junk, cancelled, revenue_by_lead_day, revenue_by_seal_day
        from app.stats_of(
            dashboard_stats.site_id, v_site.time_zone, array['visits', 'leads', 'sales'], 'total',
            array[starts_at, ends_at], false, false
        ) as part;
        cvr := round(sealed::numeric / nullif(ads_sessions, 0), 4);
        budget_saved := junk * v_site.assumed_cpc;
        return next;
        exit when not coalesce(compare, false) or period = 'previous';
        period := 'previous';
        select past.starts_at, past.ends_at into starts_at, ends_at
        from app.previous_range(since, until, v_site.time_zone) as past;
    end loop;
end;
$$;

comment on function api.dashboard_stats(uuid, timestamptz, timestamptz, boolean, boolean) is
$$The numbers of a site over [since, until), at most 186 days; ads_only (default) counts paid visits and their leads.

cvr = sealed / ads_sessions, null without any. revenue_by_lead_day counts a sale by the card's time,
revenue_by_seal_day by the time of sealing. visitors are daily visitors, summed over the site's days.
compare=true adds a second row, period = previous: the same hours, as many whole days earlier as the range is long.
404 site_not_found. 400 invalid_range.$$;

grant execute on function api.dashboard_stats(uuid, timestamptz, timestamptz, boolean, boolean) to authenticated;
