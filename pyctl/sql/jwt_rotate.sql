select ops.rotate_jwt_secret(%(secret)s, %(reason)s)
