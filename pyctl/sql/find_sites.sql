-- Sites that go by this id, domain or name: those that stand, or the archived ones.
select
    sites.id::text as id,
    sites.name,
    sites.domain,
    sites.time_zone
from app.sites
where (sites.deleted_at is not null) = %(archived)s and %(given)s in (sites.id::text, sites.domain, sites.name)
order by sites.created_at
