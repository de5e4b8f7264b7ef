alter table app.stats_marks enable row level security;

grant select on app.stats_marks to authenticated;
grant insert on app.stats_marks to app_definer;
-- What reporting.daily_site_summary is made of.
grant select (site_id, at) on app.stats_marks to analyst;

create policy select_member on app.stats_marks for select to authenticated
using (site_id = any (array(select access.site_ids('viewer'))));

create policy select_analyst on app.stats_marks for select to analyst
using (site_id = any (array(select access.analyst_site_ids(session_user))));

create policy insert_definer on app.stats_marks for insert to app_definer
with check (true);
