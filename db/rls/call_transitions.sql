alter table app.call_transitions enable row level security;

grant select on app.call_transitions to authenticated, app_definer;

create policy select_all on app.call_transitions for select to authenticated, app_definer
using (true);
