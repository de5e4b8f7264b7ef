alter table ops.rate_buckets enable row level security;

grant select, insert, update, delete on ops.rate_buckets to app_definer;

create policy all_definer on ops.rate_buckets for all to app_definer
using (true) with check (true);
