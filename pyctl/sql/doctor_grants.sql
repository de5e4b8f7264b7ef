-- Grants and row level security of the live catalogue, where it is laxer than the rules of the house allow.
with
    our_schema as (
        select pg_namespace.oid, pg_namespace.nspname as name from pg_catalog.pg_namespace
        where pg_namespace.nspname in ('app', 'access', 'ops', 'api', 'reporting')
    ),
    our_table as (
        select pg_class.*, format('%I.%I', our_schema.name, pg_class.relname) as name
        from pg_catalog.pg_class
        inner join our_schema on pg_class.relnamespace = our_schema.oid
        where pg_class.relkind in ('r', 'p')
    ),
    our_view as (
        select pg_class.*, format('%I.%I', our_schema.name, pg_class.relname) as name
        from pg_catalog.pg_class
        inner join our_schema on pg_class.relnamespace = our_schema.oid
        where pg_class.relkind in ('v', 'm')
    ),
    our_routine as (
        select pg_proc.*, pg_proc.oid::regprocedure::text as signature
        from pg_catalog.pg_proc
        inner join our_schema on pg_proc.pronamespace = our_schema.oid
    ),
    web (oid, name) as (
        select pg_roles.oid, pg_roles.rolname from pg_catalog.pg_roles
        where pg_roles.rolname in ('anon', 'authenticated', 'service_role', 'monitor', 'authenticator')
    )
select
    format('%s is executable by everybody', our_routine.signature) as what,
    format('revoke execute on routine %s from public', our_routine.signature) as mend
from our_routine
where
    our_routine.proacl is null
    or exists (select from aclexplode(our_routine.proacl) as acl where acl.grantee = 0)
union all
select
    format('definer %s is owned by %s', our_routine.signature, our_routine.proowner::regrole),
    format('alter routine %s owner to app_definer', our_routine.signature)
from our_routine
where our_routine.prosecdef and our_routine.proowner::regrole::text <> 'app_definer'
union all
select
    format('definer %s does not pin an empty search_path', our_routine.signature),
    format('alter routine %s set search_path = ''''', our_routine.signature)
from our_routine
where
    our_routine.prosecdef
    and our_routine.prosqlbody is null
    and not coalesce('search_path=""' = any(our_routine.proconfig), false)
union all
select
    format('%s has no row level security', our_table.name),
    format('alter table %s enable row level security', our_table.name)
from our_table
where not our_table.relrowsecurity
union all
select
    format('partition %s has grants or policies of its own', our_table.name),
    format('revoke all on %s from public, anon, authenticated, service_role, monitor, analyst, app_definer;'
        ' drop its policies', our_table.name)
from our_table
where
    our_table.relispartition
    and (
        exists (select from aclexplode(our_table.relacl) as acl where acl.grantee <> our_table.relowner)
        or exists (
            select from pg_catalog.pg_attribute
            where pg_attribute.attrelid = our_table.oid and pg_attribute.attacl is not null
        )
        or exists (select from pg_catalog.pg_policy where pg_policy.polrelid = our_table.oid)
    )
union all
select
    format('policy %s of %s is for everybody', pg_policy.polname, our_table.name),
    'pyctl migrate apply puts the policies of db/rls back'
from pg_catalog.pg_policy
inner join our_table on pg_policy.polrelid = our_table.oid
where 0 = any(pg_policy.polroles)
union all
select
    format('%s is owned by %s', our_table.name, our_table.relowner::regrole),
    format('alter table %s owner to app_owner', our_table.name)
from our_table
where our_table.relowner::regrole::text <> 'app_owner'
union all
select
    format('%s is granted to everybody', our_table.name),
    format('revoke all on %s from public', our_table.name)
from our_table
where exists (select from aclexplode(our_table.relacl) as acl where acl.grantee = 0)
union all
select
    format('%s may %s %s', web.name, lower(acl.privilege_type), our_table.name),
    format('revoke %s on %s from %I', lower(acl.privilege_type), our_table.name, web.name)
from our_table
cross join lateral aclexplode(our_table.relacl) as acl
inner join web on acl.grantee = web.oid
where acl.privilege_type <> 'SELECT' or web.name <> 'authenticated'
union all
select
    format('view %s is not security invoker', our_view.name),
    format('alter view %s set (security_invoker = true)', our_view.name)
from our_view
where
    our_view.relkind = 'm'
    or not coalesce(
        our_view.reloptions @> '{security_invoker=true}' or our_view.reloptions @> '{security_invoker=on}', false
    )
union all
select
    format('%s reaches schema %s', web.name, pg_namespace.nspname),
    format('revoke all on schema %I from %I, public', pg_namespace.nspname, web.name)
from web
cross join pg_catalog.pg_namespace
where
    pg_namespace.nspname in ('ops', 'partman', 'reporting', 'extensions')
    and has_schema_privilege(web.oid, pg_namespace.oid, 'usage')
union all
select
    format('index %s is not valid', pg_index.indexrelid::regclass),
    format('drop index concurrently %s and make it again', pg_index.indexrelid::regclass)
from pg_catalog.pg_index
inner join our_table on pg_index.indrelid = our_table.oid
where not pg_index.indisvalid
