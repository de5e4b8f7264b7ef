select
    profiles.id::text as id,
    profiles.issuer,
    profiles.email,
    profiles.display_name,
    profiles.role,
    profiles.disabled_at is not null as is_disabled,
    case when profiles.disabled_at is not null then 'disabled' else profiles.role end as state,
    (
        select coalesce(array_agg(sites.name || ' (' || site_members.role || ')' order by sites.name), '{}')
        from app.site_members
        join app.sites on sites.id = site_members.site_id
        where site_members.user_id = profiles.id
    ) as sites,
    (select max(logins.last_used_at) from access.logins where logins.user_id = profiles.id) as last_seen
from app.profiles
where
    profiles.issuer <> 'api_key'
    and (%(who)s::text is null or profiles.id::text = %(who)s or profiles.email = lower(%(who)s))
order by profiles.created_at, profiles.id
