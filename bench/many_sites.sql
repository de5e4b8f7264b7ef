insert into app.sites (name, domain, allowed_origins, events_per_minute, public_key)
select 'Bench ' || n, 'bench-' || n || '.example', array['bench.example'], 1000000, md5('bench' || n)
from generate_series(1, %(count)s) as n
returning public_key
