select site_id::text, kind, encode(digest, 'hex') as digest, erased_at::text
from ops.erasures
order by site_id, kind, digest;
