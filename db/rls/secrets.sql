alter table access.secrets enable row level security;

grant select on access.secrets to app_definer;

create policy all_definer on access.secrets for all to app_definer
using (true) with check (true);
