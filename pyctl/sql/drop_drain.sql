select ops.drop_drain()
