alter table app.sessions enable row level security;

grant select on app.sessions to authenticated;
grant select, insert, update on app.sessions to app_definer;
-- What the views in reporting are made of; visitor_id they show only as a pseudonym, and schema app is closed.
grant select (
    site_id, id, created_month, created_at, last_event_at, first_event_at, visitor_id, first_of_day,
    first_ads_of_day, is_ads, attribution, utm_source, utm_medium, utm_campaign, utm_term, utm_content,
    matchtype, network, placement, referrer_host, entry_page, exit_page, device_type, device_os, country,
    city, district, event_count, page_views, conversion_count, signals, score, is_bot
) on app.sessions to analyst;

create policy select_member on app.sessions for select to authenticated
using (site_id = any (array(select access.site_ids('viewer'))));

create policy select_analyst on app.sessions for select to analyst
using (site_id = any (array(select access.analyst_site_ids(session_user))));

create policy all_definer on app.sessions for all to app_definer
using (true) with check (true);
