create function ops.finish_purge(site_id uuid) returns void
language plpgsql
set search_path = ''
as $$
declare
    v_table regclass;
    v_count bigint;
    v_rows bigint := 0;
begin
    perform access.lock_site(site_id);
    -- Its keys are people of no other site.
    delete from app.profiles
    where profiles.id in (select api_keys.user_id from access.api_keys where api_keys.site_id = finish_purge.site_id);
    delete from ops.mail_outbox
    where mail_outbox.kind = 'invitation' and mail_outbox.facts ->> 'site_id' = finish_purge.site_id::text;
    delete from ops.rate_buckets where strpos(rate_buckets.key, finish_purge.site_id::text) > 0;
    -- What jobs wrote meanwhile, and the chain. Members go with the site: it has an owner as long as it is there.
    for v_table in
        select tenant.relation from ops.tenant_tables() as tenant
        where tenant.name <> 'app.site_members'
        order by array_position(
            array['app.stats_progress', 'app.events', 'app.sessions', 'app.conversions', 'app.calls'], tenant.name
        ), tenant.name
    loop
        execute format('delete from %s where site_id = $1', v_table) using site_id;
        get diagnostics v_count = row_count;
        v_rows := v_rows + v_count;
    end loop;
    delete from app.sites where sites.id = finish_purge.site_id;
    update app.site_purges set finished_at = clock_timestamp(), rows = rows + v_rows + 1
    where site_purges.site_id = finish_purge.site_id and site_purges.finished_at is null;
    if not found then
        raise exception using
            errcode = 'object_not_in_prerequisite_state', message = 'This site is not being purged.',
            hint = 'pyctl site purge begins it.';
    end if;
    insert into ops.operator_log (action, object, reason, facts)
    select 'site_purged', purge.site_id::text, began.reason, jsonb_build_object(
        'rows', purge.rows, 'chain_length', purge.chain_length, 'chain_hash', encode(purge.chain_hash, 'hex')
    )
    from app.site_purges as purge
    cross join lateral (
        select operator_log.reason from ops.operator_log
        where operator_log.action = 'site_purge' and operator_log.object = purge.site_id::text
        order by operator_log.id desc limit 1
    ) as began
    where purge.site_id = finish_purge.site_id;
end;
$$;

comment on function ops.finish_purge(uuid) is
'Deletes the rest of a site, its audit chain and the site itself. The operators'' log keeps how many rows, and the '
'digest of the chain.';
