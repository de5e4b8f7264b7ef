select
    profiles.id::text as id,
    profiles.issuer,
    profiles.email,
    profiles.display_name,
    profiles.role,
    profiles.disabled_at is not null as is_disabled
from app.profiles
where
    profiles.issuer <> 'api_key'
    and (%(who)s::text is null or profiles.id::text = %(who)s or profiles.email = lower(%(who)s))
order by profiles.created_at, profiles.id
