alter table ops.call_reports enable row level security;

grant select, insert, update on ops.call_reports to app_definer;

create policy all_definer on ops.call_reports for all to app_definer
using (true) with check (true);
