select ops.set_user_role(%(user)s, %(admin)s, %(reason)s)
