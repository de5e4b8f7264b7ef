alter table app.sites enable row level security;

grant select on app.sites to authenticated, app_definer;
grant select (id, name, time_zone) on app.sites to analyst;
-- create_site, update_site, archive_site, restore_site: nobody writes a site by themselves.
grant insert, update on app.sites to app_definer;

create policy select_member on app.sites for select to authenticated
using (id = any (array(select access.site_ids('viewer'))));

-- Keyed on the login: anyone with SQL can set a setting.
create policy select_analyst on app.sites for select to analyst
using (id = any (array(select access.analyst_site_ids(session_user))));

create policy all_definer on app.sites for all to app_definer
using (true) with check (true);
