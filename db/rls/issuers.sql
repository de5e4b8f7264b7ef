alter table access.issuers enable row level security;

grant select on access.issuers to app_definer;

create policy all_definer on access.issuers for all to app_definer
using (true) with check (true);
