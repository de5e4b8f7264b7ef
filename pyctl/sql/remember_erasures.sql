insert into ops.erasures as past (site_id, kind, digest, erased_at)
select said.site_id, said.kind, decode(said.digest, 'hex'), said.erased_at
from jsonb_to_recordset(%(erasures)s::jsonb) as said (site_id uuid, kind text, digest text, erased_at timestamptz)
join app.sites on sites.id = said.site_id
on conflict on constraint erasures_pkey do update set erased_at = greatest(past.erased_at, excluded.erased_at)
returning 1;
