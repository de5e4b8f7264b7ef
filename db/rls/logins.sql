alter table access.logins enable row level security;

grant select, insert, update on access.logins to app_definer;

create policy all_definer on access.logins for all to app_definer
using (true) with check (true);
