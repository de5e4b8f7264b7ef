alter table ops.bad_row_usage enable row level security;

grant select, insert, update on ops.bad_row_usage to app_definer;

create policy all_definer on ops.bad_row_usage for all to app_definer
using (true) with check (true);
