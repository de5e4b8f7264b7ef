alter table ops.erasures enable row level security;

grant select, insert, update on ops.erasures to app_definer;

create policy all_definer on ops.erasures for all to app_definer
using (true) with check (true);
