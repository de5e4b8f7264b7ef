select ops.rotate_site_key(%(site)s, make_interval(hours => %(hours)s), %(reason)s) as key
