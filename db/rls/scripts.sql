alter table ops.scripts enable row level security;

grant select on ops.scripts to app_definer;

create policy all_definer on ops.scripts for select to app_definer
using (true);
