alter table access.call_secrets enable row level security;

grant select, insert, update on access.call_secrets to app_definer;

create policy all_definer on access.call_secrets for all to app_definer
using (true) with check (true);
