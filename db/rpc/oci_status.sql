create function api.oci_status(site_id uuid, since timestamptz, until timestamptz) returns table (
    day date,
    sealed bigint,
    eligible bigint,
    held bigint,
    offered bigint,
    accepted bigint,
    rejected bigint,
    suppressed bigint,
    cancelled bigint,
    sealed_amount numeric,
    told_amount numeric,
    accepted_amount numeric,
    currency text,
    reasons jsonb
)
language plpgsql
stable
set search_path = ''
as $$
declare
    v_site app.sites;
begin
    perform access.require_role(site_id, 'viewer');
    select sites.* into strict v_site from app.sites where sites.id = oci_status.site_id;
    perform app.require_range(since, until, v_site.time_zone);
    return query
    with card as materialized (
        select
            (calls.sealed_at at time zone v_site.time_zone)::date as day,
            calls.status,
            calls.oci_status as state,
            calls.oci_reason as reason,
            coalesce(calls.sale_amount, 0) as amount
        from app.calls
        where calls.site_id = oci_status.site_id and calls.sealed_at >= since and calls.sealed_at < until
            and calls.status in ('confirmed', 'cancelled') and calls.deleted_at is null
    ),
    sum_of_day as (
        select
            card.day,
            count(*) filter (where card.status = 'confirmed') as sealed,
            count(*) filter (
                where card.status = 'confirmed' and card.state in ('held', 'offered', 'accepted', 'rejected')
            ) as eligible,
            count(*) filter (where card.state = 'held') as held,
            count(*) filter (where card.state = 'offered') as offered,
            count(*) filter (where card.state = 'accepted') as accepted,
            count(*) filter (where card.state = 'rejected') as rejected,
            count(*) filter (where card.state = 'suppressed') as suppressed,
            count(*) filter (where card.status = 'cancelled') as cancelled,
            sum(card.amount) filter (where card.status = 'confirmed') as sealed_amount,
            sum(card.amount) filter (
                where card.status = 'confirmed' and card.state in ('offered', 'accepted', 'rejected')
            ) as told_amount,
            sum(card.amount) filter (where card.status = 'confirmed' and card.state = 'accepted') as accepted_amount
        from card
        group by card.day
    ),
    reason_of_day as (
        select one.day, jsonb_object_agg(one.reason, one.cards) as reasons
        from (
            select card.day, card.reason, count(*) as cards from card
            where card.reason is not null
            group by card.day, card.reason
        ) as one
        group by one.day
    )
    select
        calendar.day::date,
        coalesce(sum_of_day.sealed, 0),
        coalesce(sum_of_day.eligible, 0),
        coalesce(sum_of_day.held, 0),
        coalesce(sum_of_day.offered, 0),
        coalesce(sum_of_day.accepted, 0),
        coalesce(sum_of_day.rejected, 0),
        coalesce(sum_of_day.suppressed, 0),
        coalesce(sum_of_day.cancelled, 0),
        coalesce(sum_of_day.sealed_amount, 0),
        coalesce(sum_of_day.told_amount, 0),
        coalesce(sum_of_day.accepted_amount, 0),
        v_site.currency,
        coalesce(reason_of_day.reasons, '{}')
    from generate_series(
        date_trunc('day', since at time zone v_site.time_zone),
        (until - interval '1 microsecond') at time zone v_site.time_zone,
        interval '1 day'
    ) as calendar (day)
    left join sum_of_day on sum_of_day.day = calendar.day::date
    left join reason_of_day on reason_of_day.day = calendar.day::date
    order by calendar.day;
end;
$$;

comment on function api.oci_status(uuid, timestamptz, timestamptz) is
$$What became of the sales at the ad platform: a row per day of the site's zone on which cards were sealed, in
[since, until), at most 186 days; days without any are 0.

Cards are counted, as they stand now: sealed ones; eligible ones (held, offered, accepted or rejected); by state,
cancelled ones included; cancelled. told_amount: of what the platform has been offered. reasons: why not, each with
its count. 404 site_not_found. 400 invalid_range.$$;

grant execute on function api.oci_status(uuid, timestamptz, timestamptz) to authenticated;
