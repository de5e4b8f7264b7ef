alter table app.daily_stats enable row level security;

grant select on app.daily_stats to authenticated;
-- What reporting.daily_site_summary is made of.
grant select (
    site_id, dimension, kind, day, is_ads, sessions, visitors, ads_visitors, events, page_views, intents,
    phone, whatsapp, form, call, pending, sealed, junk, cancelled, revenue
) on app.daily_stats to analyst;

create policy select_member on app.daily_stats for select to authenticated
using (site_id = any (array(select access.site_ids('viewer'))));

create policy select_analyst on app.daily_stats for select to analyst
using (site_id = any (array(select access.analyst_site_ids(session_user))));
