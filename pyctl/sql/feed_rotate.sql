select ops.rotate_feed_credential(%(user)s, make_interval(hours => %(hours)s), %(reason)s) as secret
