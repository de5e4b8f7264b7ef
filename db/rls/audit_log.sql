alter table app.audit_log enable row level security;

grant select on app.audit_log to authenticated;
grant select, insert on app.audit_log to app_definer;

create policy select_member on app.audit_log for select to authenticated
using (site_id = any (array(select access.site_ids('viewer'))));

create policy all_definer on app.audit_log for all to app_definer
using (true) with check (true);
