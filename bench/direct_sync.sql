select case when set_config('request.headers', bodies.headers, true) <> '' then api.sync(bodies.body) end from bench.bodies where n = (select nextval('bench.turn'));
