select ops.disable_user(%(user)s, %(disabled)s, %(reason)s)
