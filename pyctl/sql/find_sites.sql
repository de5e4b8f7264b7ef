-- Sites that go by this id, domain or name.
select
    sites.id::text as id,
    sites.name,
    sites.domain
from app.sites
where sites.deleted_at is null and %(given)s in (sites.id::text, sites.domain, sites.name)
order by sites.created_at
