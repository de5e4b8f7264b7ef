insert into app.support_accesses (site_id, admin_id, reason, expires_at)
values (%(site)s, %(admin)s, 'asked by the owner', now() + interval '1 hour')
returning id
