create function access.with_settings(site app.sites, changes jsonb) returns app.sites
language plpgsql
stable
set search_path = ''
as $$
declare
    v_name text;
    v_fault text;
begin
    if coalesce(jsonb_typeof(changes), '') <> 'object' then
        raise sqlstate 'PT400' using message = 'invalid_settings', detail = 'Settings are an object.',
            hint = 'For example {"name": "Acme"}.';
    end if;
    select said.key, app.setting_fault(said.key, said.value) into v_name, v_fault
    from jsonb_each(changes) as said
    where app.setting_fault(said.key, said.value) is not null
    order by said.key limit 1;
    if v_fault = 'unknown_setting' then
        raise sqlstate 'PT400' using message = 'unknown_setting',
            detail = format('%s is no setting of a site.', left(v_name, 64)), hint = 'See update_site for the names.';
    elsif v_fault is not null then
        raise sqlstate 'PT400' using message = 'invalid_setting', detail = format('%s must be %s.', v_name, v_fault),
            hint = 'Change it and send it again.';
    end if;
    -- What it costs the installation is the operator's to say.
    if not access.is_admin() and (
        changes ? 'monthly_event_quota'
        or coalesce((changes ->> 'events_per_minute')::integer > greatest(6000, site.events_per_minute), false)
    ) then
        raise sqlstate 'PT403' using message = 'admin_required',
            detail = 'Quotas, and more than 6,000 events a minute, are set by admins.',
            hint = 'Ask the operator of this installation.';
    end if;
    -- Its numbers are made anew, and until they are no month of any site can be retired. A new site has none.
    if changes ->> 'time_zone' <> site.time_zone and site.created_at < now() - interval '30 days'
        and not access.is_admin() and exists (
            select from app.audit_log
            where audit_log.site_id = site.id and audit_log.object_id = site.id
                and audit_log.object_type = 'site' and audit_log.after ? 'time_zone'
                and audit_log.at > now() - interval '7 days'
        ) then
        raise sqlstate 'PT409' using message = 'zone_changed_lately',
            detail = 'The zone of a site can be changed once in seven days.',
            hint = 'Wait, or ask the operator of this installation.';
    end if;
    site := jsonb_populate_record(site, changes);
    site.name := btrim(site.name);
    return site;
end;
$$;

comment on function access.with_settings(app.sites, jsonb) is
'The site with these settings changed, not written yet. Raises PT400 invalid_settings, '
'unknown_setting, invalid_setting, PT403 admin_required, PT409 zone_changed_lately.';
grant execute on function access.with_settings(app.sites, jsonb) to app_definer;
