select ops.finish_drain()
