alter table app.conversions enable row level security;

grant select on app.conversions to authenticated;
grant select, insert, update on app.conversions to app_definer;
-- What the views in reporting are made of.
grant select (
    site_id, id, call_id, kind, round, revision, order_id, conversion_name, click_id_type, clicked_at,
    occurred_at, amount, currency, state, reason, held_until, offered_at, decided_at
) on app.conversions to analyst;

create policy select_member on app.conversions for select to authenticated
using (site_id = any (array(select access.site_ids('viewer'))));

create policy select_analyst on app.conversions for select to analyst
using (site_id = any (array(select access.analyst_site_ids(session_user))));

create policy all_definer on app.conversions for all to app_definer
using (true) with check (true);
