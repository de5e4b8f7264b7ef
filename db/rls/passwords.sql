alter table access.passwords enable row level security;

grant select, insert, update on access.passwords to app_definer;

create policy all_definer on access.passwords for all to app_definer
using (true) with check (true);
