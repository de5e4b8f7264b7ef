create function ops.purge_step(site_id uuid, leaf regclass, places tid[]) returns bigint
language plpgsql
set search_path = ''
as $$
declare
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
    if leaf not in (select purge_leaves.leaf from ops.purge_leaves()) then
        raise exception using
            errcode = 'object_not_in_prerequisite_state',
            message = format('%s is not purged step by step.', leaf);
    end if;
    -- By site too: a place that was free meanwhile may be another's. Written so that only places can be looked up: an
    -- index of the site, or the whole table, would be read anew for each batch.
    execute format(
        'delete from %s where ctid = any (array(select unnest($1))) and site_id is not distinct from $2', leaf
    )
    using places, site_id;
    get diagnostics v_count = row_count;
    update app.site_purges set rows = rows + v_count where site_purges.site_id = purge_step.site_id;
    return v_count;
end;
$$;

comment on function ops.purge_step(uuid, regclass, tid[]) is
'Deletes rows of a site that is being purged by their places in one of ops.purge_leaves(); says how many.';
