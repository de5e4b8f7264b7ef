alter table app.audit_log enable row level security;

grant select on app.audit_log to authenticated;
grant select, insert on app.audit_log to app_definer;
-- What the views in reporting are made of.
grant select (
    site_id, seq, at, actor, action, object_type, object_id, before, after, reason
) on app.audit_log to analyst;

create policy select_member on app.audit_log for select to authenticated
using (site_id = any (array(select access.site_ids('viewer'))));

create policy select_analyst on app.audit_log for select to analyst
using (site_id = any (array(select access.analyst_site_ids(session_user))));

create policy all_definer on app.audit_log for all to app_definer
using (true) with check (true);
