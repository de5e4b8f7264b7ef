-- Viewer of a site; whoever is more already stays it.
insert into app.site_members (site_id, user_id, role)
values (%(site)s, %(person)s, 'viewer')
on conflict on constraint site_members_pkey do nothing
