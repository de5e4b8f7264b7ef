select ops.purge_step(%(site)s, %(batch)s) as done
