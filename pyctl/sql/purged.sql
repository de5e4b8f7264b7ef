select site_purges.rows as rows
from app.site_purges
where site_purges.site_id = %(site)s
