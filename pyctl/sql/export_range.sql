select
    %(since)s::timestamp at time zone sites.time_zone as since,
    %(until)s::timestamp at time zone sites.time_zone as until
from app.sites
where sites.id = %(site)s
