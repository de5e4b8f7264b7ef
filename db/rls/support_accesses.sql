alter table app.support_accesses enable row level security;

grant select on app.support_accesses to authenticated;
grant select, insert, update on app.support_accesses to app_definer;

create policy select_owner on app.support_accesses for select to authenticated
using (site_id = any (array(select access.site_ids('owner'))));

create policy all_definer on app.support_accesses for all to app_definer
using (true) with check (true);
