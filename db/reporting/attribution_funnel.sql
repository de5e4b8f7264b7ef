create view reporting.attribution_funnel
with (security_invoker = true) as
select
    sessions.site_id,
    sites.name as site,
    sessions.created_month as month,
    (sessions.created_at at time zone sites.time_zone)::date as day,
    sessions.attribution::text as attribution,
    sessions.is_ads,
    count(*) as sessions,
    count(*) filter (where sessions.event_count >= 2) as engaged_sessions,
    count(lead.intents) as intent_sessions,
    count(*) filter (where lead.sealed > 0) as sealed_sessions,
    coalesce(sum(lead.intents), 0)::bigint as intents,
    coalesce(sum(lead.sealed), 0)::bigint as sealed,
    coalesce(sum(lead.revenue), 0) as revenue
from app.sessions
join app.sites on sites.id = sessions.site_id
left join (
    select
        calls.site_id,
        calls.session_id,
        calls.session_month,
        count(*) as intents,
        count(*) filter (where calls.status = 'confirmed') as sealed,
        sum(calls.sale_amount) filter (where calls.status = 'confirmed') as revenue
    from app.calls
    where calls.deleted_at is null
    group by calls.site_id, calls.session_id, calls.session_month
) as lead
    on lead.site_id = sessions.site_id and lead.session_id = sessions.id
    and lead.session_month = sessions.created_month
where not sessions.is_bot
group by sessions.site_id, sites.name, sessions.created_month, 4, sessions.attribution, sessions.is_ads;

comment on view reporting.attribution_funnel is
'Per day and attribution: of the visits that began then, how many acted, opened a lead, became a sale. Counts each '
'visit once, from raw rows, so today is exact too and a retired month is gone. Bound month in every query.';
comment on column reporting.attribution_funnel.site_id is 'The site. Names may repeat, ids do not.';
comment on column reporting.attribution_funnel.site is 'Its name.';
comment on column reporting.attribution_funnel.month is 'Month of the visits, UTC: the partition. Bound it.';
comment on column reporting.attribution_funnel.day is 'Day on which the visits began, in the site''s zone.';
comment on column reporting.attribution_funnel.attribution is 'What brought the visits.';
comment on column reporting.attribution_funnel.is_ads is 'From a paid click.';
comment on column reporting.attribution_funnel.sessions is 'Visits.';
comment on column reporting.attribution_funnel.engaged_sessions is 'Of these: with two events or more.';
comment on column reporting.attribution_funnel.intent_sessions is 'Of these: with a lead.';
comment on column reporting.attribution_funnel.sealed_sessions is 'Of these: with a sale.';
comment on column reporting.attribution_funnel.intents is 'Leads of these visits, whenever they came.';
comment on column reporting.attribution_funnel.sealed is 'Sales of these visits.';
comment on column reporting.attribution_funnel.revenue is 'What these sales brought, in the site''s currency.';

grant select on reporting.attribution_funnel to analyst;
