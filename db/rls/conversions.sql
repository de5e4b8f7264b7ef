alter table app.conversions enable row level security;

grant select on app.conversions to authenticated;
grant select, insert, update on app.conversions to app_definer;

create policy select_member on app.conversions for select to authenticated
using (site_id = any (array(select access.site_ids('viewer'))));

create policy all_definer on app.conversions for all to app_definer
using (true) with check (true);
