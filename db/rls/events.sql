alter table app.events enable row level security;

grant select on app.events to authenticated;
grant select, insert on app.events to app_definer;
-- Erasing a person.
grant update (label, url, metadata) on app.events to app_definer;
-- What the views in reporting are made of.
grant select (
    site_id, session_id, id, created_month, occurred_at, category, action, label, value, url
) on app.events to analyst;

create policy select_member on app.events for select to authenticated
using (site_id = any (array(select access.site_ids('viewer'))));

create policy select_analyst on app.events for select to analyst
using (site_id = any (array(select access.analyst_site_ids(session_user))));

create policy all_definer on app.events for all to app_definer
using (true) with check (true);
