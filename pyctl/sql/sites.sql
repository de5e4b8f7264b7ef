select
    sites.id::text as id,
    sites.name,
    sites.domain,
    sites.public_key as key,
    sites.previous_key_until as old_key_until,
    (
        select string_agg(coalesce(profiles.email, profiles.display_name), ', ' order by site_members.created_at)
        from app.site_members
        join app.profiles on profiles.id = site_members.user_id
        where site_members.site_id = sites.id and site_members.role = 'owner'
    ) as owners,
    (
        select count(*) from app.invitations
        where
            invitations.site_id = sites.id and invitations.accepted_at is null
            and invitations.revoked_at is null and invitations.expires_at > now()
    ) as invited,
    sites.created_at,
    sites.deleted_at as archived_at,
    exists (select from app.site_purges where site_purges.site_id = sites.id) as is_being_purged
from app.sites
where (sites.deleted_at is not null) = %(archived)s
order by sites.created_at, sites.id
