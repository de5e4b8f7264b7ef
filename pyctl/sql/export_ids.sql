select calls.id
from app.calls
where
    calls.site_id = %(site)s and calls.tapped_at >= %(since)s and calls.tapped_at < %(until)s
    and calls.deleted_at is null
order by calls.tapped_at, calls.id
