alter table ops.health enable row level security;

grant select on ops.health to app_definer;

create policy all_definer on ops.health for all to app_definer
using (true) with check (true);
