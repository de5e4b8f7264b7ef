select access.create_user(%(email)s, null, %(name)s, %(role)s)::text as id
