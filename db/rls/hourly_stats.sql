alter table app.hourly_stats enable row level security;

grant select on app.hourly_stats to authenticated;

create policy select_member on app.hourly_stats for select to authenticated
using (site_id = any (array(select access.site_ids('viewer'))));
