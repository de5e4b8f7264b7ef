select ops.revoke_feed_credential(%(user)s, %(reason)s)
