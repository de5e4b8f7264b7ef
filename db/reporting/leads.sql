create view reporting.leads
with (security_invoker = true) as
select
    sites.name as site,
    calls.id as lead_id,
    calls.session_id,
    calls.source,
    calls.status,
    calls.intent_action as action,
    calls.intent_target as target,
    calls.tapped_at,
    (calls.tapped_at at time zone sites.time_zone)::date as lead_day,
    calls.is_ads,
    calls.attribution,
    calls.utm_source,
    calls.utm_campaign,
    calls.utm_term as keyword,
    calls.matchtype,
    calls.entry_page as landing_page,
    calls.device_type,
    calls.city,
    calls.lead_score,
    calls.risk,
    calls.estimated_value,
    calls.sale_amount,
    calls.currency,
    calls.sealed_at,
    (calls.sealed_at at time zone sites.time_zone)::date as seal_day,
    calls.oci_status as export_status,
    calls.oci_reason as export_reason
from app.calls
join app.sites on sites.id = calls.site_id
where calls.deleted_at is null;

comment on view reporting.leads is
'One row per lead of the sites that your login may see. Days are the site''s. No personal data: neither the caller''s '
'number nor the operator''s note.';

grant select on reporting.leads to analyst;
