alter table ops.settings enable row level security;

grant select on ops.settings to app_definer;

create policy all_definer on ops.settings for all to app_definer
using (true) with check (true);
