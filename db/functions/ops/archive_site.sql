create function ops.archive_site(site_id uuid, is_archived boolean, reason text) returns void
language plpgsql
set search_path = ''
as $$
declare
    v_site app.sites := access.lock_site(site_id);
begin
    if (v_site.deleted_at is not null) = is_archived then
        raise exception using
            errcode = 'object_not_in_prerequisite_state',
            message = format(
                '%s is %s.', v_site.name, case when is_archived then 'archived already' else 'not archived' end
            ),
            hint = 'pyctl site list --archived shows the archived ones.';
    end if;
    if exists (select from app.site_purges where site_purges.site_id = archive_site.site_id) then
        raise exception using
            errcode = 'object_not_in_prerequisite_state',
            message = format('%s is being purged: part of it is gone.', v_site.name),
            hint = 'Finish it: pyctl site purge.';
    end if;
    v_site.deleted_at := case when is_archived then now() end;
    perform access.write_site(v_site);
    perform ops.record_act(
        case when is_archived then 'site_archive' else 'site_restore' end, site_id::text, reason, '{}', site_id
    );
end;
$$;

comment on function ops.archive_site(uuid, boolean, text) is
'Archives a site or restores it, for pyctl: archived it takes nothing in and offers nothing.';
