-- What a draft says before migra does: statements that are the same text on both sides, or missing on one.
select
    'domain' as kind,
    format('create domain %s as %s', pg_type.oid::regtype, format_type(pg_type.typbasetype, pg_type.typtypmod))
    || coalesce(' default ' || pg_type.typdefault, '') || case when pg_type.typnotnull then ' not null' else '' end
    || coalesce((
        select
            string_agg(
                format(' constraint %I %s', pg_constraint.conname, pg_get_constraintdef(pg_constraint.oid)), ''
                order by pg_constraint.conname
            )
        from pg_constraint
        where pg_constraint.contypid = pg_type.oid and pg_constraint.contype = 'c'
    ), '') as made,
    null as undone,
    pg_type.oid::regtype::text as name
from pg_type
where pg_type.typtype = 'd' and pg_type.typnamespace in ('app'::regnamespace, 'access'::regnamespace, 'ops'::regnamespace)
union all
select
    'schema grant' as kind,
    format('grant %s on schema %I to %s', lower(acl.privilege_type), pg_namespace.nspname, case when acl.grantee = 0 then 'public' else acl.grantee::regrole::text end) as made,
    format('revoke %s on schema %I from %s', lower(acl.privilege_type), pg_namespace.nspname, case when acl.grantee = 0 then 'public' else acl.grantee::regrole::text end) as undone,
    format('%s %s %s', pg_namespace.nspname, acl.privilege_type, case when acl.grantee = 0 then 'public' else acl.grantee::regrole::text end) as name
from pg_namespace
cross join lateral aclexplode(pg_namespace.nspacl) as acl
where pg_namespace.nspname in ('app', 'access', 'ops') and acl.grantee <> pg_namespace.nspowner
