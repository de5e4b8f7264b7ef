create view reporting.intents
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
    calls.source,
    calls.status,
    calls.intent_action as action,
    calls.intent_target as target,
    calls.tapped_at,
    (calls.tapped_at at time zone sites.time_zone)::date as day,
    extract(hour from calls.tapped_at at time zone sites.time_zone)::integer as hour,
    calls.phone_clicks,
    calls.whatsapp_clicks,
    calls.form_submits,
    calls.suspicious as is_suspicious,
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
    calls.lead_score as score,
    calls.risk,
    calls.risk_reasons,
    calls.estimated_value,
    calls.sale_amount,
    calls.currency,
    calls.judged_at,
    calls.sealed_at,
    (calls.sealed_at at time zone sites.time_zone)::date as seal_day,
    coalesce(calls.score_breakdown ->> 'qualified_by' = 'auto', false) as is_auto_approved,
    calls.oci_status as export_status,
    calls.oci_reason as export_reason
from app.calls
join app.sites on sites.id = calls.site_id
where calls.deleted_at is null;

comment on view reporting.intents is
'One row per lead of the sites that your login may see. Days are the site''s. No personal data: neither the '
'caller''s number nor the operator''s note.';
comment on column reporting.intents.site_id is 'The site. Names may repeat, ids do not.';
comment on column reporting.intents.site is 'Its name.';
comment on column reporting.intents.intent_id is 'The lead.';
comment on column reporting.intents.session_id is 'The visit it came from. Null: none is known.';
comment on column reporting.intents.session_month is 'Month of that visit: join reporting.sessions on both.';
comment on column reporting.intents.visitor is 'Pseudonym of the browser, the same within a site and nowhere else. Null without consent or after erasure.';
comment on column reporting.intents.source is 'click, form, api (a telephone provider) or manual.';
comment on column reporting.intents.status is 'intent (nobody has judged it), confirmed, junk or cancelled.';
comment on column reporting.intents.action is 'phone, whatsapp, form or call.';
comment on column reporting.intents.target is 'The number or form that was used: the business''s own.';
comment on column reporting.intents.tapped_at is 'The lead''s time in all numbers.';
comment on column reporting.intents.day is 'Day of tapped_at in the site''s zone.';
comment on column reporting.intents.hour is 'Hour of tapped_at in the site''s zone, 0-23.';
comment on column reporting.intents.phone_clicks is 'Taps on a phone number that joined it.';
comment on column reporting.intents.whatsapp_clicks is 'Taps on WhatsApp that joined it.';
comment on column reporting.intents.form_submits is 'Forms that joined it.';
comment on column reporting.intents.is_suspicious is 'The reported call can not come from the matched visit.';
comment on column reporting.intents.is_ads is 'The visit came from a paid click.';
comment on column reporting.intents.attribution is 'What brought the visit.';
comment on column reporting.intents.utm_source is 'Of the visit.';
comment on column reporting.intents.utm_medium is 'Of the visit.';
comment on column reporting.intents.utm_campaign is 'Of the visit.';
comment on column reporting.intents.keyword is 'The keyword of the ad (utm_term).';
comment on column reporting.intents.matchtype is 'e exact, p phrase, b broad.';
comment on column reporting.intents.network is 'Ad network as the platform names it.';
comment on column reporting.intents.referrer_host is 'Host that linked here.';
comment on column reporting.intents.landing_page is 'First page of the visit.';
comment on column reporting.intents.device_type is 'mobile, tablet, desktop or unknown.';
comment on column reporting.intents.device_os is 'Operating system.';
comment on column reporting.intents.city is 'Of the visit.';
comment on column reporting.intents.district is 'Of the visit.';
comment on column reporting.intents.score is 'Score of the visit at the time of the lead, 0-100.';
comment on column reporting.intents.risk is 'low or high.';
comment on column reporting.intents.risk_reasons is 'Why the risk is high.';
comment on column reporting.intents.estimated_value is 'Median sale of the same keyword at the site, else the site''s default.';
comment on column reporting.intents.sale_amount is 'What the sale brought. It stays on a card whose sale was cancelled.';
comment on column reporting.intents.currency is 'ISO 4217, the site''s.';
comment on column reporting.intents.judged_at is 'When an operator last acted on it.';
comment on column reporting.intents.sealed_at is 'When it was sealed or auto-approved.';
comment on column reporting.intents.seal_day is 'Day of sealed_at in the site''s zone.';
comment on column reporting.intents.is_auto_approved is 'Confirmed by the job, not by a person.';
comment on column reporting.intents.export_status is 'State of its conversion at the ad platform.';
comment on column reporting.intents.export_reason is 'Why it is not exported, or was rejected.';

grant select on reporting.intents to analyst;
