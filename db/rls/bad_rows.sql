alter table ops.bad_rows enable row level security;

grant select, insert, update on ops.bad_rows to app_definer;

create policy all_definer on ops.bad_rows for all to app_definer
using (true) with check (true);
