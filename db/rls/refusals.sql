alter table ops.refusals enable row level security;

grant select, insert, update on ops.refusals to app_definer;

create policy all_definer on ops.refusals for all to app_definer
using (true) with check (true);
