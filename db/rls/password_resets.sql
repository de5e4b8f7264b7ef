alter table access.password_resets enable row level security;

grant select, insert, update on access.password_resets to app_definer;

create policy all_definer on access.password_resets for all to app_definer
using (true) with check (true);
