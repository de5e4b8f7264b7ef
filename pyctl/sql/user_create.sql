select ops.create_user(%(email)s, %(password)s, %(name)s, %(role)s, %(reason)s)::text as id
