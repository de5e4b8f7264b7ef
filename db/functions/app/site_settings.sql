create function app.site_settings(site app.sites, conflict text default null) returns app.site_settings
language sql
stable
set search_path = ''
as $$
    select
        site.id,
        site.name,
        site.domain,
        site.public_key,
        site.country,
        site.time_zone,
        site.currency,
        site.allowed_origins,
        site.consent_mode,
        site.events_per_minute,
        site.monthly_event_quota,
        site.assumed_cpc,
        site.default_lead_value,
        site.auto_approve,
        site.auto_approve_hours,
        site.auto_approve_value,
        site.undo_window,
        site.conversion_name,
        site.conversion_time_basis,
        site.conversion_hold,
        site.conversion_window_days,
        site.adjustment_hold,
        site.retention_months,
        site.config,
        site.version,
        site.created_at,
        site.updated_at,
        site.deleted_at,
        conflict;
$$;

comment on function app.site_settings(app.sites, text) is 'A row of app.sites as its owner sees it.';
grant execute on function app.site_settings(app.sites, text) to authenticated, app_definer;
