select ops.promote_proxy_secret(%(reason)s)
