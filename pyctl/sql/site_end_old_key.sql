select ops.end_old_key(%(site)s, %(reason)s)
