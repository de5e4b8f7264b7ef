select ops.record_act(%(action)s, %(object)s, %(reason)s)
