-- Where the grants are others than the source's (``wanted``): more of them, fewer, or their object is not there.
with
    wanted as (
        select
            said.*,
            case said.kind
                when 'schema' then to_regnamespace(said.object)::oid
                when 'function' then to_regprocedure(said.object)::oid
                else to_regclass(said.object)::oid
            end as oid
        from jsonb_to_recordset(%(wanted)s::jsonb) as said (
            kind text, object text, "column" text, privilege text, grantee text
        )
    ),
    our_schema as (
        select pg_namespace.* from pg_catalog.pg_namespace
        where pg_namespace.nspname in ('app', 'access', 'ops', 'api', 'reporting')
    ),
    our_relation as (
        select pg_class.* from pg_catalog.pg_class
        inner join our_schema on pg_class.relnamespace = our_schema.oid
        where pg_class.relkind in ('r', 'p', 'v', 'm', 'S') and not pg_class.relispartition
    ),
    acl as (
        select
            'schema' as kind, our_schema.oid, null as "column", our_schema.nspowner as owner,
            coalesce(our_schema.nspacl, acldefault('n', our_schema.nspowner)) as acl
        from our_schema
        union all
        select
            'function', pg_proc.oid, null, pg_proc.proowner,
            coalesce(pg_proc.proacl, acldefault('f', pg_proc.proowner))
        from pg_catalog.pg_proc
        inner join our_schema on pg_proc.pronamespace = our_schema.oid
        union all
        select
            'relation', our_relation.oid, null, our_relation.relowner,
            coalesce(our_relation.relacl, acldefault('r', our_relation.relowner))
        from our_relation
        union all
        select 'relation', our_relation.oid, pg_attribute.attname, our_relation.relowner, pg_attribute.attacl
        from our_relation
        inner join pg_catalog.pg_attribute on our_relation.oid = pg_attribute.attrelid
        where pg_attribute.attacl is not null and not pg_attribute.attisdropped
    ),
    live as (
        select
            acl.kind, acl.oid, acl."column", lower(item.privilege_type) as privilege,
            coalesce(pg_roles.rolname, 'public') as grantee, item.grantee = acl.owner as is_owner
        from acl
        cross join lateral aclexplode(acl.acl) as item
        left join pg_catalog.pg_roles on item.grantee = pg_roles.oid
    ),
    lost as (
        select kind, oid, "column", privilege, grantee from wanted where wanted.oid is not null
        except
        select kind, oid, "column", privilege, grantee from live
    ),
    added as (
        select kind, oid, "column", privilege, grantee from live where not is_owner
        except
        select kind, oid, "column", privilege, grantee from wanted
    ),
    named as (
        select
            each.*,
            coalesce(' (' || quote_ident(each."column") || ')', '') as of_column,
            case each.kind
                when 'schema' then 'schema ' || each.oid::regnamespace::text
                when 'function' then 'function ' || each.oid::regprocedure::text
                else each.oid::regclass::text
            end as name
        from (
            select lost.*, false as is_added from lost
            union all
            select added.*, true from added
        ) as each
    )
select
    format(
        '%%s %%s %%s %%s%%s', named.grantee, case when named.is_added then 'may' else 'may not' end,
        replace(named.privilege, 'usage', 'use'), named.name, named.of_column
    ) as what,
    case
        when named.is_added then format(
            'revoke %%s%%s on %%s from %%I', named.privilege, named.of_column, named.name, named.grantee
        )
        else format('grant %%s%%s on %%s to %%I', named.privilege, named.of_column, named.name, named.grantee)
    end as mend
from named
-- these two are told of each object already
where not (named.is_added and named.grantee = 'public' and named.kind <> 'schema' and named."column" is null)
union all
select distinct
    format('%%s is not there', wanted.object),
    'pyctl migrate apply makes it where it is code; else look who dropped it, and restore it'
from wanted
where wanted.oid is null
order by 1
