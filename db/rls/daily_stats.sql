alter table app.daily_stats enable row level security;

grant select on app.daily_stats to authenticated;

create policy select_member on app.daily_stats for select to authenticated
using (site_id = any (array(select access.site_ids('viewer'))));
