create function api.restore_site(site_id uuid) returns app.site_settings
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_site app.sites;
begin
    if exists (select from access.archived_site_ids() as id where id = restore_site.site_id) then
        v_site := access.lock_site(site_id);
    end if;
    -- A purge may have begun while we waited.
    if v_site.id is null or not exists (
        select from access.archived_site_ids() as id where id = restore_site.site_id
    ) then
        -- One that stands is told from one that is not there; to its owners only.
        perform access.require_role(site_id, 'owner');
        raise sqlstate 'PT409' using message = 'not_archived', detail = 'The site stands.',
            hint = 'archived_sites lists what can be restored.';
    end if;
    v_site.deleted_at := null;
    return app.site_settings(access.write_site(v_site));
end;
$$;

comment on function api.restore_site(uuid) is
$$Brings an archived site back with all it had; archived_sites lists them. Owners and admins.

404 site_not_found. 403 owner_required. 409 not_archived.$$;

grant execute on function api.restore_site(uuid) to authenticated;
