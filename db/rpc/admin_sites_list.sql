create function api.admin_sites_list() returns table (
    id uuid,
    name text,
    domain text,
    status text,
    last_event_at timestamptz,
    members bigint,
    owners text[],
    events_this_month bigint,
    monthly_event_quota bigint,
    quota_state text,
    created_at timestamptz,
    archived_at timestamptz
)
language plpgsql
stable
security definer
rows 1000
set search_path = ''
as $$
declare
    v_month date := (date_trunc('month', (now() - interval '31 days') at time zone 'UTC'))::date;
begin
    if not access.is_admin() then
        raise sqlstate 'PT403' using
            message = 'admin_required',
            detail = 'This is about all sites of the installation.',
            hint = 'GET /rpc/sites lists the sites you can see.';
    end if;
    return query
    select
        sites.id,
        sites.name,
        sites.domain,
        case when latest.at > now() - interval '24 hours' then 'RECEIVING' else 'NO_TRAFFIC' end,
        latest.at,
        people.members,
        people.owners,
        coalesce(used.events, 0),
        sites.monthly_event_quota,
        app.usage_state(coalesce(used.events, 0), sites.monthly_event_quota),
        sites.created_at,
        sites.deleted_at
    from app.sites
    left join ops.site_usage as used
        on used.site_id = sites.id
        and used.month = (app.month_start(sites.time_zone) at time zone sites.time_zone)::date
    cross join lateral (
        -- A handful of the newest visits: one that began earlier may have gone on longer.
        select max(visit.last_event_at) as at
        from (
            select sessions.last_event_at from app.sessions
            where sessions.site_id = sites.id and sessions.created_month >= v_month and not sessions.is_bot
            order by sessions.created_at desc
            limit 5
        ) as visit
    ) as latest
    cross join lateral (
        select
            count(*) as members,
            coalesce(array_agg(profiles.email order by profiles.email)
                filter (where site_members.role = 'owner'), '{}') as owners
        from app.site_members
        join app.profiles on profiles.id = site_members.user_id
        where site_members.site_id = sites.id
    ) as people
    order by sites.name, sites.id;
end;
$$;

comment on function api.admin_sites_list() is
$$All sites of the installation, archived ones too, for admins.

status RECEIVING: an event in the last 24 hours, so that a quiet night is no alarm; else NO_TRAFFIC; machines are left
out. last_event_at looks one to two months back. events_this_month is counted every five minutes; quota_state ok,
warning or exceeded, as in site_usage. 403 admin_required.$$;

grant execute on function api.admin_sites_list() to authenticated;
