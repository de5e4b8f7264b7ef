select * from ops.begin_drain(%(months)s::date[])
