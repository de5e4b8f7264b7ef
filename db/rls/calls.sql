alter table app.calls enable row level security;

grant select on app.calls to authenticated;
-- What an operator decides. Actor, times, version and the rest are set by access.tg_calls__judge.
grant update (status, sale_amount, note, caller_phone, judged_action) on app.calls to authenticated;
grant select, insert, update on app.calls to app_definer;

create policy select_member on app.calls for select to authenticated
using (site_id = any (array(select access.site_ids('viewer'))));

create policy update_editor on app.calls for update to authenticated
using (site_id = any (array(select access.site_ids('editor'))))
with check (site_id = any (array(select access.site_ids('editor'))));

create policy all_definer on app.calls for all to app_definer
using (true) with check (true);
