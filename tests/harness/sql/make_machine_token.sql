insert into access.machine_tokens (name, role, expires_at)
values (%(sub)s, %(role)s, now() + interval '1 day')
returning id::text as jti
