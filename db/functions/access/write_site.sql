create function access.write_site(site app.sites) returns app.sites
language plpgsql
set search_path = ''
as $$
begin
    update app.sites set
        name = site.name,
        domain = site.domain,
        country = site.country,
        time_zone = site.time_zone,
        currency = site.currency,
        allowed_origins = site.allowed_origins,
        consent_mode = site.consent_mode,
        events_per_minute = site.events_per_minute,
        monthly_event_quota = site.monthly_event_quota,
        assumed_cpc = site.assumed_cpc,
        default_lead_value = site.default_lead_value,
        auto_approve = site.auto_approve,
        auto_approve_hours = site.auto_approve_hours,
        auto_approve_value = site.auto_approve_value,
        undo_window = site.undo_window,
        conversion_name = site.conversion_name,
        conversion_time_basis = site.conversion_time_basis,
        conversion_hold = site.conversion_hold,
        conversion_window_days = site.conversion_window_days,
        adjustment_hold = site.adjustment_hold,
        retention_months = site.retention_months,
        config = site.config,
        deleted_at = site.deleted_at
    where sites.id = site.id
    returning sites.* into site;
    return site;
end;
$$;

comment on function access.write_site(app.sites) is 'Writes what can be changed of a site; gives the row as it then stands.';
grant execute on function access.write_site(app.sites) to app_definer;
