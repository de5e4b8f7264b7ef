insert into app.profiles (email, display_name, role)
values (%(email)s, %(name)s, %(role)s)
returning id::text
