create function ops.purge_step(site_id uuid, batch integer) returns bigint
language plpgsql
set search_path = ''
as $$
declare
    v_leaf text;
    v_count bigint;
begin
    perform access.lock_site(site_id);
    if not exists (
        select from app.site_purges
        where site_purges.site_id = purge_step.site_id and site_purges.finished_at is null
    ) then
        raise exception using
            errcode = 'object_not_in_prerequisite_state', message = 'This site is not being purged.',
            hint = 'pyctl site purge begins it.';
    end if;
    for v_leaf in
        select coalesce(part.relid, tenant.relation)::text
        from ops.tenant_tables() as tenant
        left join lateral pg_catalog.pg_partition_tree(tenant.relation) as part on part.isleaf
        -- finish_purge takes these: owners, whom to forget with the site, and the chain stay until the end.
        where tenant.name not in ('app.site_members', 'app.invitations', 'access.api_keys', 'app.audit_log')
        order by array_position(array['app.events', 'app.sessions', 'app.conversions', 'app.calls'], tenant.name), 1
    loop
        -- By place, and of one partition: the same place is another row in the next.
        execute format(
            'delete from %1$s where ctid = any (array(select ctid from %1$s where site_id = $1 limit $2))', v_leaf
        ) using site_id, batch;
        get diagnostics v_count = row_count;
        if v_count > 0 then
            update app.site_purges set rows = rows + v_count where site_purges.site_id = purge_step.site_id;
            return v_count;
        end if;
    end loop;
    return 0;
end;
$$;

comment on function ops.purge_step(uuid, integer) is
'Deletes at most so many rows of a site that is being purged; 0: only finish_purge is left.';
