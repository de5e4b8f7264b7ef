select ops.invite_user(%(site)s, %(email)s, %(role)s, %(reason)s) as until
