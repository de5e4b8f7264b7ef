alter table access.identities enable row level security;

grant select, insert on access.identities to app_definer;

create policy all_definer on access.identities for all to app_definer
using (true) with check (true);
