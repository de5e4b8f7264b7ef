select ops.drop_previous_jwt_secret(%(forced)s, %(reason)s)
