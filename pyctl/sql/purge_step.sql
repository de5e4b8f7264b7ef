select ops.purge_step(%(site)s, %(leaf)s, %(places)s::tid[]) as done
