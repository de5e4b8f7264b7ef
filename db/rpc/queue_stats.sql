create function api.queue_stats(
    site_id uuid, since timestamptz, until timestamptz, ads_only boolean default true
) returns table (
    pending bigint,
    oldest_pending_at timestamptz,
    intents bigint,
    sealed bigint,
    auto_approved bigint,
    junk bigint,
    cancelled bigint,
    oci_held bigint,
    oci_offered bigint,
    oci_accepted bigint,
    oci_rejected bigint,
    oci_suppressed bigint,
    budget_saved numeric,
    currency text
)
language plpgsql
stable
rows 1
set search_path = ''
as $$
declare
    v_site app.sites;
begin
    perform access.require_role(site_id, 'viewer');
    select sites.* into strict v_site from app.sites where sites.id = queue_stats.site_id;
    perform app.require_range(since, until, v_site.time_zone);
    return query
    select
        open.cards,
        open.oldest_at,
        judged.intents,
        judged.sealed,
        auto.cards,
        judged.junk,
        judged.cancelled,
        judged.held,
        judged.offered,
        judged.accepted,
        judged.rejected,
        judged.suppressed,
        judged.junk * v_site.assumed_cpc,
        v_site.currency
    from (
        select count(*) as cards, min(calls.tapped_at) as oldest_at from app.calls
        where calls.site_id = queue_stats.site_id and calls.status = 'intent' and calls.deleted_at is null
            and (calls.is_ads or not ads_only)
    ) as open
    cross join (
        select
            count(*) as intents,
            count(*) filter (where calls.status = 'confirmed') as sealed,
            count(*) filter (where calls.status = 'junk') as junk,
            count(*) filter (where calls.status = 'cancelled') as cancelled,
            count(*) filter (where calls.oci_status = 'held') as held,
            count(*) filter (where calls.oci_status = 'offered') as offered,
            count(*) filter (where calls.oci_status = 'accepted') as accepted,
            count(*) filter (where calls.oci_status = 'rejected') as rejected,
            count(*) filter (where calls.oci_status = 'suppressed') as suppressed
        from app.calls
        where calls.site_id = queue_stats.site_id and calls.tapped_at >= since and calls.tapped_at < until
            and calls.deleted_at is null and (calls.is_ads or not ads_only)
    ) as judged
    cross join (
        select count(*) as cards from app.calls
        where calls.site_id = queue_stats.site_id and calls.tapped_at >= since and calls.tapped_at < until
            and calls.status = 'confirmed' and calls.deleted_at is null
            and calls.score_breakdown ->> 'qualified_by' = 'auto' and (calls.is_ads or not ads_only)
    ) as auto;
end;
$$;

comment on function api.queue_stats(uuid, timestamptz, timestamptz, boolean) is
$$The state of the inbox. pending and oldest_pending_at: all open cards now, whatever their age. The rest: cards
tapped in [since, until), at most 186 days, as they stand now; ads_only (default) counts leads of paid visits.

auto_approved is part of sealed. oci_*: where the conversions of the sealed and cancelled ones stand.
budget_saved = junk x the site's assumed cost per click. 404 site_not_found. 400 invalid_range.$$;

grant execute on function api.queue_stats(uuid, timestamptz, timestamptz, boolean) to authenticated;
