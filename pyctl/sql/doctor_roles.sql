-- Roles: missing, with attributes or memberships that they may not have.
with
    wanted (name) as (
        values
        ('app_owner'), ('app_definer'), ('anon'), ('authenticated'), ('service_role'), ('monitor'), ('analyst'),
        ('authenticator')
    ),
    role as (
        select pg_roles.* from pg_catalog.pg_roles
        where pg_roles.rolname in (select wanted.name from wanted)
    ),
    member_wanted (member, role) as (
        values
        ('authenticator', 'anon'), ('authenticator', 'authenticated'), ('authenticator', 'service_role'),
        ('authenticator', 'monitor'), ('app_owner', 'app_definer')
    ),
    member_found as (
        select pg_auth_members.member::regrole::text as member, pg_auth_members.roleid::regrole::text as role
        from pg_catalog.pg_auth_members
        where pg_auth_members.member in (select role.oid from role)
    )
select
    format('role %s is missing', wanted.name) as what,
    'pyctl migrate apply on the source of db/schema/00_roles.sql makes it on a new database; else: create role' as mend
from wanted
where wanted.name not in (select role.rolname from role)
union all
select
    format('role %s is %s', role.rolname, attribute.name),
    format('alter role %I %s', role.rolname, attribute.undo)
from role
cross join lateral (
    values
    (role.rolsuper, 'superuser', 'nosuperuser'),
    (role.rolbypassrls, 'past row level security (bypassrls)', 'nobypassrls'),
    (role.rolcreaterole, 'allowed to make roles', 'nocreaterole'),
    (role.rolcreatedb, 'allowed to make databases', 'nocreatedb'),
    (role.rolreplication, 'allowed to replicate', 'noreplication'),
    (role.rolinherit, 'inheriting', 'noinherit'),
    (role.rolcanlogin and role.rolname <> 'authenticator', 'allowed to log in', 'nologin'),
    (not role.rolcanlogin and role.rolname = 'authenticator', 'not allowed to log in', 'login')
) as attribute (holds, name, undo)
where attribute.holds
union all
select
    format('%s is a member of %s', member_found.member, member_found.role),
    format('revoke %I from %I', member_found.role, member_found.member)
from member_found
where (member_found.member, member_found.role) not in (select member, role from member_wanted)
union all
select
    format('%s is no member of %s', member_wanted.member, member_wanted.role),
    format('grant %I to %I', member_wanted.role, member_wanted.member)
from member_wanted
where
    (member_wanted.member, member_wanted.role) not in (select member, role from member_found)
    and member_wanted.member in (select role.rolname from role)
    and member_wanted.role in (select role.rolname from role)
