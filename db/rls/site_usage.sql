alter table ops.site_usage enable row level security;

grant select on ops.site_usage to app_definer;

create policy all_definer on ops.site_usage for all to app_definer
using (true) with check (true);
