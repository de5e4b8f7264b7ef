alter table access.feed_credentials enable row level security;

grant select on access.feed_credentials to app_definer;

create policy all_definer on access.feed_credentials for all to app_definer
using (true) with check (true);
