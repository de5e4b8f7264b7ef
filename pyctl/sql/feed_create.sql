select ops.create_feed_credential(%(site)s, %(user)s, %(reason)s) as secret
