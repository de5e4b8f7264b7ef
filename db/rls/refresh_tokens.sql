alter table access.refresh_tokens enable row level security;

grant select, insert, update on access.refresh_tokens to app_definer;

create policy all_definer on access.refresh_tokens for all to app_definer
using (true) with check (true);
