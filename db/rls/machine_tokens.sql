alter table access.machine_tokens enable row level security;

grant select on access.machine_tokens to app_definer;

create policy all_definer on access.machine_tokens for all to app_definer
using (true) with check (true);
