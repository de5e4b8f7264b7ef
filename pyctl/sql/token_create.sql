select ops.create_token(%(name)s, %(role)s, %(days)s, %(reason)s) as token
