create function api.update_site(site_id uuid, version integer, changes jsonb) returns app.site_settings
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_site app.sites;
begin
    perform access.require_role(site_id, 'owner');
    v_site := access.lock_site(site_id);
    -- It may have been archived while we waited.
    perform access.require_role(site_id, 'owner');
    if version is distinct from v_site.version then
        perform access.refuse(409);
        return app.site_settings(v_site, 'stale_version');
    end if;
    return app.site_settings(access.write_site(access.with_settings(v_site, changes)));
end;
$$;

comment on function api.update_site(uuid, integer, jsonb) is
$$Changes the settings of a site; what is left out of changes stays, null empties what may be empty.

name, domain, country, time_zone (after the first month once in seven days, but for admins), currency (fixed after the
first sale), allowed_origins (further hosts), consent_mode (none|required), events_per_minute, assumed_cpc,
default_lead_value, auto_approve, auto_approve_hours, auto_approve_value, undo_window, conversion_name,
conversion_time_basis (lead|seal), conversion_hold, conversion_window_days, adjustment_hold, retention_months (of
visits, at least 7; cards and numbers stay), config (chips and what else a frontend keeps), monthly_event_quota
(admins).
Intervals are hh:mm:ss.
409 with the current row: stale_version. 409 currency_fixed, zone_changed_lately. 404 site_not_found.
403 owner_required, admin_required.
400 invalid_settings, unknown_setting, invalid_setting, invalid_time_zone.$$;

grant execute on function api.update_site(uuid, integer, jsonb) to authenticated;
