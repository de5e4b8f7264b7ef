create function ops.purge_leaves() returns table (leaf regclass)
language sql
stable
set search_path = ''
as $$
    select coalesce(part.relid, tenant.relation)
    from ops.tenant_tables() as tenant
    left join lateral pg_catalog.pg_partition_tree(tenant.relation) as part on part.isleaf
    -- finish_purge takes these: owners, whom to forget with the site, and the chain stay until the end.
    where tenant.name not in ('app.site_members', 'app.invitations', 'access.api_keys', 'app.audit_log')
    order by
        array_position(array['app.events', 'app.sessions', 'app.conversions', 'app.calls'], tenant.name),
        tenant.name, 1;
$$;

comment on function ops.purge_leaves() is
'The tables, partitions each for itself, from which a purge deletes in batches; in this order.';
