select distinct sites.domain
from app.sites
order by sites.domain
