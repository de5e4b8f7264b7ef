alter table app.stats_progress enable row level security;

grant select on app.stats_progress to authenticated;

create policy select_member on app.stats_progress for select to authenticated
using (site_id = any (array(select access.site_ids('viewer'))));
