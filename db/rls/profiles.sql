alter table app.profiles enable row level security;

grant select on app.profiles to authenticated, app_definer;
grant insert on app.profiles to app_definer;
grant update (display_name, email, disabled_at) on app.profiles to app_definer;

-- Nobody writes a profile row by themselves: role stands in it.
create policy select_self on app.profiles for select to authenticated
using (id = (select access.user_id()));

create policy all_definer on app.profiles for all to app_definer
using (true) with check (true);
