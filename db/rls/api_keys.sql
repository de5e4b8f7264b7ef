alter table access.api_keys enable row level security;

grant select, insert, update on access.api_keys to app_definer;

create policy all_definer on access.api_keys for all to app_definer
using (true) with check (true);
