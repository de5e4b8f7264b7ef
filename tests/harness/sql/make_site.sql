insert into app.sites (name, domain)
values (%(name)s, %(domain)s)
returning id::text, name, public_key as key, domain
