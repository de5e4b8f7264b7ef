create function ops.begin_purge(site_id uuid, is_forced boolean, reason text) returns void
language plpgsql
set search_path = ''
as $$
declare
    v_site app.sites := access.lock_site(site_id);
    v_waiting bigint;
begin
    if v_site.deleted_at is null then
        raise exception using
            errcode = 'object_not_in_prerequisite_state',
            message = format('%s is not archived: only archived sites are purged.', v_site.name),
            hint = 'First: pyctl site archive. Perhaps its owner wants a pyctl site takeout before.';
    end if;
    if exists (select from app.site_purges where site_purges.site_id = begin_purge.site_id) then
        return;
    end if;
    select count(*) into v_waiting from app.conversions
    where conversions.site_id = begin_purge.site_id and conversions.state in ('held', 'offered');
    if v_waiting > 0 and not is_forced then
        raise exception using
            errcode = 'object_not_in_prerequisite_state',
            message = format('%s has %s conversions that the ad platform may still fetch.', v_site.name, v_waiting),
            hint = 'Restore it until they are fetched, or give them up: --force.';
    end if;
    perform ops.record_act(
        'site_purge', site_id::text, reason, jsonb_build_object('conversions_given_up', v_waiting), site_id
    );
    insert into app.site_purges (site_id, chain_length, chain_hash)
    select audit_log.site_id, audit_log.seq, audit_log.hash
    from app.audit_log where audit_log.site_id = begin_purge.site_id
    order by audit_log.seq desc limit 1;
end;
$$;

comment on function ops.begin_purge(uuid, boolean, text) is
'From here on an archived site can only go. Refuses one that is not archived, and unless forced one with conversions '
'held or offered. Safe to repeat.';
