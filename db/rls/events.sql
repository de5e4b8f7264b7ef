alter table app.events enable row level security;

grant select on app.events to authenticated;
grant select, insert on app.events to app_definer;

create policy select_member on app.events for select to authenticated
using (site_id = any (array(select access.site_ids('viewer'))));

create policy all_definer on app.events for all to app_definer
using (true) with check (true);
