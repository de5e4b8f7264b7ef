select ops.finish_purge(%(site)s)
