create function api.site_settings(site_id uuid) returns app.site_settings
language plpgsql
stable
set search_path = ''
as $$
begin
    perform access.require_role(site_id, 'viewer');
    return (select app.site_settings(sites) from app.sites where sites.id = site_settings.site_id);
end;
$$;

comment on function api.site_settings(uuid) is
$$All settings of a site with its version: what update_site changes.

404 site_not_found.$$;

grant execute on function api.site_settings(uuid) to authenticated;
