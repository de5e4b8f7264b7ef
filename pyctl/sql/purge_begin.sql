select ops.begin_purge(%(site)s, %(forced)s, %(reason)s)
