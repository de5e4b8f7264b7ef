create function api.dashboard_stats(
    site_id uuid, since timestamptz, until timestamptz, ads_only boolean default true
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
    cvr numeric,
    revenue_by_lead_day numeric,
    revenue_by_seal_day numeric,
    budget_saved numeric,
    currency text
)
language plpgsql
stable
set search_path = ''
as $$
declare
    v_zone text;
    v_first_midnight timestamptz;
    v_last_midnight timestamptz;
begin
    perform access.require_role(site_id, 'viewer');
    select sites.time_zone into strict v_zone from app.sites where sites.id = dashboard_stats.site_id;
    if since is null or until is null or since >= until or not isfinite(since) or not isfinite(until)
        -- Days of the site's calendar: an hour more in autumn is no day more.
        or (until at time zone v_zone) - (since at time zone v_zone) > interval '186 days' then
        raise sqlstate 'PT400' using
            message = 'invalid_range',
            detail = 'since and until are both required, since before until, at most 186 days apart.',
            hint = 'The range is half-open: until itself is not in it.';
    end if;
    v_first_midnight := date_trunc('day', since at time zone v_zone) at time zone v_zone;
    if v_first_midnight < since then
        v_first_midnight := (date_trunc('day', since at time zone v_zone) + interval '1 day') at time zone v_zone;
    end if;
    v_last_midnight := date_trunc('day', until at time zone v_zone) at time zone v_zone;
    return query
    select
        visits.sessions,
        visits.ads_sessions,
        visits.visitors,
        visits.events,
        visits.page_views,
        cards.intents,
        cards.phone,
        cards.whatsapp,
        cards.form,
        cards.call,
        cards.pending,
        cards.sealed,
        cards.junk,
        round(cards.sealed::numeric / nullif(visits.ads_sessions, 0), 4),
        cards.revenue,
        (
            select coalesce(sum(calls.sale_amount), 0) from app.calls
            where calls.site_id = dashboard_stats.site_id and calls.sealed_at >= since and calls.sealed_at < until
                and calls.status = 'confirmed' and calls.deleted_at is null and (calls.is_ads or not ads_only)
        ),
        cards.junk * sites.assumed_cpc,
        sites.currency
    from app.sites
    cross join (
        select
            count(*) filter (where visit.is_ads or not ads_only) as sessions,
            count(*) filter (where visit.is_ads) as ads_sessions,
            -- Whole days by their flags; of a day that the range cuts, the visitors within it.
            count(*) filter (
                where case when ads_only then visit.first_ads_of_day else visit.first_of_day end
                    and visit.created_at >= v_first_midnight and visit.created_at < v_last_midnight
            )
            + count(distinct visit.visitor_id) filter (
                where (visit.is_ads or not ads_only) and visit.created_at < least(v_first_midnight, until)
            )
            + count(distinct visit.visitor_id) filter (
                where (visit.is_ads or not ads_only) and visit.created_at >= greatest(v_last_midnight, v_first_midnight)
            ) as visitors,
            coalesce(sum(visit.event_count) filter (where visit.is_ads or not ads_only), 0)::bigint as events,
            coalesce(sum(visit.page_views) filter (where visit.is_ads or not ads_only), 0)::bigint as page_views
        from app.sessions as visit
        where visit.site_id = dashboard_stats.site_id and visit.created_at >= since and visit.created_at < until
            and visit.created_month >= (date_trunc('month', since at time zone 'UTC'))::date
            and visit.created_month <= (until at time zone 'UTC')::date
            and not visit.is_bot
    ) as visits
    cross join (
        -- A card counts by its own time, whatever day its session began.
        select
            count(*) as intents,
            count(*) filter (where calls.intent_action = 'phone') as phone,
            count(*) filter (where calls.intent_action = 'whatsapp') as whatsapp,
            count(*) filter (where calls.intent_action = 'form') as form,
            count(*) filter (where calls.intent_action = 'call') as call,
            count(*) filter (where calls.status = 'intent') as pending,
            count(*) filter (where calls.status = 'confirmed') as sealed,
            count(*) filter (where calls.status = 'junk') as junk,
            coalesce(sum(calls.sale_amount) filter (where calls.status = 'confirmed'), 0) as revenue
        from app.calls
        where calls.site_id = dashboard_stats.site_id and calls.tapped_at >= since and calls.tapped_at < until
            and calls.deleted_at is null and (calls.is_ads or not ads_only)
    ) as cards
    where sites.id = dashboard_stats.site_id;
end;
$$;

comment on function api.dashboard_stats(uuid, timestamptz, timestamptz, boolean) is
$$The numbers of a site over [since, until), at most 186 days; ads_only (default) counts paid visits and their leads.

cvr = sealed / ads_sessions, null without any. revenue_by_lead_day counts a sale by the card's time,
revenue_by_seal_day by the time of sealing. visitors are daily visitors, summed over the site's days.
404 site_not_found. 400 invalid_range.$$;

grant execute on function api.dashboard_stats(uuid, timestamptz, timestamptz, boolean) to authenticated;
