alter table app.calls enable row level security;

grant select on app.calls to authenticated;
-- What an operator decides. Actor, times, version and the rest are set by access.tg_calls__judge.
grant update (status, sale_amount, note, caller_phone, judged_action) on app.calls to authenticated;
grant select, insert, update on app.calls to app_definer;
-- What the views in reporting are made of; visitor_id they show only as a pseudonym, and schema app is closed.
grant select (
    site_id, id, session_id, session_month, visitor_id, source, status, intent_action, intent_target,
    tapped_at, phone_clicks, whatsapp_clicks, form_submits, suspicious, is_ads, attribution, utm_source,
    utm_medium, utm_campaign, utm_term, matchtype, network, referrer_host, entry_page, device_type, device_os,
    city, district, lead_score, risk, risk_reasons, estimated_value, sale_amount, currency, judged_at,
    sealed_at, score_breakdown, oci_status, oci_reason, deleted_at
) on app.calls to analyst;

create policy select_member on app.calls for select to authenticated
using (site_id = any (array(select access.site_ids('viewer'))));

create policy update_editor on app.calls for update to authenticated
using (site_id = any (array(select access.site_ids('editor'))))
with check (site_id = any (array(select access.site_ids('editor'))));

create policy select_analyst on app.calls for select to analyst
using (site_id = any (array(select access.analyst_site_ids(session_user))));

create policy all_definer on app.calls for all to app_definer
using (true) with check (true);
