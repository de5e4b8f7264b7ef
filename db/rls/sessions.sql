alter table app.sessions enable row level security;

grant select on app.sessions to authenticated;
grant select, insert, update on app.sessions to app_definer;

create policy select_member on app.sessions for select to authenticated
using (site_id = any (array(select access.site_ids('viewer'))));

create policy all_definer on app.sessions for all to app_definer
using (true) with check (true);
