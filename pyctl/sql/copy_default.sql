select ops.copy_default(%(parent)s::regclass, %(first)s, %(pages)s)
