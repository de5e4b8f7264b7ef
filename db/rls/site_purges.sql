alter table app.site_purges enable row level security;

grant select on app.site_purges to app_definer;

create policy all_definer on app.site_purges for all to app_definer
using (true) with check (true);
