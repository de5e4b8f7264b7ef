insert into app.site_members (site_id, user_id, role)
values (%(site)s, %(person)s, %(role)s)
on conflict (site_id, user_id) do update set role = excluded.role
returning role
