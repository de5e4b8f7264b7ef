create view reporting.sales
with (security_invoker = true) as
select
    calls.site_id,
    sites.name as site,
    calls.id as intent_id,
    calls.session_id,
    calls.session_month,
    left(encode(sha256(convert_to(
        (select access.pseudonym_salt()) || calls.site_id || calls.visitor_id, 'UTF8'
    )), 'hex'), 16) as visitor,
    calls.tapped_at,
    (calls.tapped_at at time zone sites.time_zone)::date as day,
    calls.sealed_at,
    (calls.sealed_at at time zone sites.time_zone)::date as seal_day,
    round(extract(epoch from calls.sealed_at - calls.tapped_at) / 3600, 1) as hours_to_seal,
    calls.sale_amount as amount,
    calls.currency,
    coalesce(calls.score_breakdown ->> 'qualified_by' = 'auto', false) as is_auto_approved,
    calls.intent_action as action,
    calls.is_ads,
    calls.attribution,
    calls.utm_source,
    calls.utm_medium,
    calls.utm_campaign,
    calls.utm_term as keyword,
    calls.matchtype,
    calls.network,
    calls.referrer_host,
    calls.entry_page as landing_page,
    calls.device_type,
    calls.device_os,
    calls.city,
    calls.district,
    calls.oci_status as export_status,
    calls.oci_reason as export_reason
from app.calls
join app.sites on sites.id = calls.site_id
where calls.deleted_at is null and calls.status = 'confirmed';

comment on view reporting.sales is
'One row per confirmed lead: what stands as sold. Summing amount by day gives revenue_by_lead_day, by seal_day '
'revenue_by_seal_day.';
comment on column reporting.sales.site_id is 'The site. Names may repeat, ids do not.';
comment on column reporting.sales.site is 'Its name.';
comment on column reporting.sales.intent_id is 'The lead that was sold.';
comment on column reporting.sales.session_id is 'The visit it came from. Null: none is known.';
comment on column reporting.sales.session_month is 'Month of that visit: join reporting.sessions on both.';
comment on column reporting.sales.visitor is 'Pseudonym of the browser, the same within a site and nowhere else. Null without consent or after erasure.';
comment on column reporting.sales.tapped_at is 'When the lead came.';
comment on column reporting.sales.day is 'Day of tapped_at in the site''s zone.';
comment on column reporting.sales.sealed_at is 'When it was sealed or auto-approved.';
comment on column reporting.sales.seal_day is 'Day of sealed_at in the site''s zone.';
comment on column reporting.sales.hours_to_seal is 'From the lead to its sealing.';
comment on column reporting.sales.amount is 'What it brought. Null where a job confirmed it.';
comment on column reporting.sales.currency is 'ISO 4217, the site''s.';
comment on column reporting.sales.is_auto_approved is 'Confirmed by the job, not by a person.';
comment on column reporting.sales.action is 'phone, whatsapp, form or call.';
comment on column reporting.sales.is_ads is 'The visit came from a paid click.';
comment on column reporting.sales.attribution is 'What brought the visit.';
comment on column reporting.sales.utm_source is 'Of the visit.';
comment on column reporting.sales.utm_medium is 'Of the visit.';
comment on column reporting.sales.utm_campaign is 'Of the visit.';
comment on column reporting.sales.keyword is 'The keyword of the ad (utm_term).';
comment on column reporting.sales.matchtype is 'e exact, p phrase, b broad.';
comment on column reporting.sales.network is 'Ad network as the platform names it.';
comment on column reporting.sales.referrer_host is 'Host that linked here.';
comment on column reporting.sales.landing_page is 'First page of the visit.';
comment on column reporting.sales.device_type is 'mobile, tablet, desktop or unknown.';
comment on column reporting.sales.device_os is 'Operating system.';
comment on column reporting.sales.city is 'Of the visit.';
comment on column reporting.sales.district is 'Of the visit.';
comment on column reporting.sales.export_status is 'State of its conversion at the ad platform.';
comment on column reporting.sales.export_reason is 'Why it is not exported, or was rejected.';

grant select on reporting.sales to analyst;
