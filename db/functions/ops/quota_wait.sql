create function ops.quota_wait(site app.sites) returns integer
language sql
stable
set search_path = ''
as $$
    -- At most an hour: the quota may be raised meanwhile.
    select coalesce((
        select greatest(1, least(3600, ceil(extract(epoch from app.month_start(site.time_zone, 1) - now()))))::integer
        from ops.site_usage
        where site_usage.site_id = site.id
            and site_usage.month = (date_trunc('month', now() at time zone site.time_zone))::date
            and site_usage.events >= site.monthly_event_quota
    ), 0);
$$;

comment on function ops.quota_wait(app.sites) is
'0 while the site may take events in; past its monthly quota the seconds to wait. One row is read, none locked.';
grant execute on function ops.quota_wait(app.sites) to app_definer;
