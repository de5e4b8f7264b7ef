select ops.set_next_proxy_secret(%(secret)s, %(reason)s)
