alter table app.site_members enable row level security;

grant select on app.site_members to authenticated, app_definer;
-- Who creates a site becomes its owner.
grant insert on app.site_members to app_definer;

-- access.site_ids is a definer: this policy does not call itself (the predecessor's recursion).
create policy select_member on app.site_members for select to authenticated
using (site_id = any (array(select access.site_ids('viewer'))));

create policy select_definer on app.site_members for select to app_definer
using (true);

create policy insert_definer on app.site_members for insert to app_definer
with check (true);
