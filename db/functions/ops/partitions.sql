create function ops.partitions() returns table (
    parent text,
    name text,
    month date,
    rows bigint,
    bytes bigint,
    has_rls boolean,
    owner text,
    grantees text[],
    policies bigint,
    missing_indexes text[],
    options text[]
)
language sql
stable
set search_path = ''
as $$
    select
        link.inhparent::regclass::text,
        child.oid::regclass::text,
        substring(pg_get_expr(child.relpartbound, child.oid) from 'FROM \(''([0-9-]+)')::date,
        -- What the server counts as it goes; after a crash what the last ANALYZE saw.
        greatest(coalesce(nullif(pg_stat_get_live_tuples(child.oid), 0), child.reltuples)::bigint, 0),
        pg_total_relation_size(child.oid),
        child.relrowsecurity,
        child.relowner::regrole::text,
        array(
            select distinct case when acl.grantee = 0 then 'public' else acl.grantee::regrole::text end
            from (
                select child.relacl as acl
                union all
                select pg_attribute.attacl from pg_catalog.pg_attribute where pg_attribute.attrelid = child.oid
            ) as own
            cross join lateral aclexplode(own.acl) as acl
            where acl.grantee <> child.relowner
            order by 1
        ),
        (select count(*) from pg_catalog.pg_policy where pg_policy.polrelid = child.oid),
        array(
            select of_parent.indexrelid::regclass::text
            from pg_catalog.pg_index as of_parent
            where of_parent.indrelid = link.inhparent and not exists (
                select from pg_catalog.pg_index as own
                join pg_catalog.pg_inherits as same on same.inhrelid = own.indexrelid
                where own.indrelid = child.oid and own.indisvalid and same.inhparent = of_parent.indexrelid
            )
            order by 1
        ),
        coalesce(child.reloptions, '{}')
    from pg_catalog.pg_inherits as link
    join pg_catalog.pg_class as child on child.oid = link.inhrelid
    where link.inhparent in ('app.sessions'::regclass, 'app.events'::regclass);
$$;

comment on function ops.partitions() is
'Each partition of sessions and events: its month (null: the default), about how many rows, size with indexes, and '
'what could be wrong with it. Of the catalogue only: reads no table.';
