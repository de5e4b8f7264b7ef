select ops.reset_user_password(%(user)s, %(password)s, %(reason)s)
