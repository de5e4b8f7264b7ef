select secrets.name from access.secrets
where secrets.name = 'jwt' and secrets.value = %(secret)s
