create function api.archive_site(site_id uuid) returns app.site_settings
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_site app.sites;
begin
    perform access.require_role(site_id, 'owner');
    v_site := access.lock_site(site_id);
    perform access.require_role(site_id, 'owner');
    v_site.deleted_at := now();
    return app.site_settings(access.write_site(v_site));
end;
$$;

comment on function api.archive_site(uuid) is
$$From now on the site takes nothing in, offers no conversion and answers 404 to everybody. restore_site undoes it;
archived_sites lists it to its owners.

404 site_not_found. 403 owner_required.$$;

grant execute on function api.archive_site(uuid) to authenticated;
