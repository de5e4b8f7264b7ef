select ops.archive_site(%(site)s, %(archived)s, %(reason)s)
