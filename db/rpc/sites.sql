create function api.sites() returns table (
    id uuid,
    name text,
    domain text,
    role text,
    public_key text,
    country text,
    time_zone text,
    currency text,
    consent_mode text,
    undo_window interval,
    conversion_name text,
    conversion_hold interval,
    config jsonb
)
language sql
stable
begin atomic
    select
        sites.id,
        sites.name,
        sites.domain,
        coalesce(site_members.role, 'admin'),
        sites.public_key,
        sites.country,
        sites.time_zone,
        sites.currency,
        sites.consent_mode,
        sites.undo_window,
        sites.conversion_name,
        sites.conversion_hold,
        sites.config
    from app.sites
    left join app.site_members on site_members.site_id = sites.id and site_members.user_id = (select access.user_id())
    order by sites.name, sites.id;
end;

comment on function api.sites() is 'The sites you can see, with your role on each: viewer, editor, owner, or admin.';

grant execute on function api.sites() to authenticated;
