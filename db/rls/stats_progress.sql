alter table app.stats_progress enable row level security;

grant select on app.stats_progress to authenticated;
-- A site's owner changes its zone.
grant select, insert, update on app.stats_progress to app_definer;
-- What reporting.daily_site_summary is made of.
grant select (site_id, time_zone, rolled_until) on app.stats_progress to analyst;

create policy select_member on app.stats_progress for select to authenticated
using (site_id = any (array(select access.site_ids('viewer'))));

create policy all_definer on app.stats_progress for all to app_definer
using (true) with check (true);

create policy select_analyst on app.stats_progress for select to analyst
using (site_id = any (array(select access.analyst_site_ids(session_user))));
