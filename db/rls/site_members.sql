alter table app.site_members enable row level security;

grant select on app.site_members to authenticated, app_definer;
-- Who creates a site becomes its owner.
grant insert, update, delete on app.site_members to app_definer;

-- access.site_ids is a definer: this policy does not call itself (the predecessor's recursion).
create policy select_member on app.site_members for select to authenticated
using (site_id = any (array(select access.site_ids('viewer'))));

create policy all_definer on app.site_members for all to app_definer
using (true) with check (true);
