-- Five hundred sealed sessions that have no conversion yet.
select count(app.refresh_conversion(due.site_id, due.session_id))
from (
    select calls.site_id, calls.session_id from app.calls
    where calls.status = 'confirmed' and calls.deleted_at is null and calls.session_id is not null
        and not exists (
            select from app.conversions
            where conversions.site_id = calls.site_id and conversions.subject_id = calls.session_id
        )
    order by calls.site_id, calls.session_id
    limit 500
) as due
