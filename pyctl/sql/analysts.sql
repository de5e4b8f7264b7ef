-- Logins in group analyst: who they are here, what they see, and whether they are busy.
select
    pg_roles.rolname as login,
    pg_roles.rolcanlogin as can_login,
    profiles.id::text as person,
    profiles.email,
    coalesce((
        select json_agg(
            json_build_object('id', sites.id, 'name', sites.name, 'domain', sites.domain, 'role', site_members.role)
            order by sites.name, sites.id
        )
        from app.site_members
        inner join app.sites on site_members.site_id = sites.id
        where site_members.user_id = profiles.id and sites.deleted_at is null
    ), '[]') as sites,
    (select count(*) from pg_stat_activity where pg_stat_activity.usesysid = pg_roles.oid) as connections,
    coalesce((
        select sum(pg_total_relation_size(pg_class.oid))
        from pg_class
        where pg_class.relowner = pg_roles.oid and pg_class.relkind in ('r', 'm')
    ), 0)::bigint as own_bytes
from pg_auth_members
inner join pg_roles on pg_auth_members.member = pg_roles.oid
left join access.identities on identities.iss = 'postgres' and identities.sub = pg_roles.rolname
left join app.profiles on identities.user_id = profiles.id
where
    pg_auth_members.roleid = 'analyst'::regrole
    and (pg_roles.rolname = %(login)s or %(login)s::text is null)
order by pg_roles.rolname
