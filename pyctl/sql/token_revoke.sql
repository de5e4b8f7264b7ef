select ops.revoke_token(%(id)s, %(reason)s)
