create function api.site_install_status(site_id uuid) returns table (
    status text,
    last_hit_at timestamptz,
    last_visit_at timestamptz,
    visits_today bigint,
    events_today bigint,
    hosts jsonb,
    script_versions jsonb,
    refused jsonb,
    kept_aside jsonb,
    allowed_hosts text[]
)
language plpgsql
stable
rows 1
set search_path = ''
as $$
declare
    v_site app.sites;
    v_midnight timestamptz;
    v_month date := (date_trunc('month', (now() - interval '7 days') at time zone 'UTC'))::date;
begin
    perform access.require_role(site_id, 'viewer');
    select sites.* into strict v_site from app.sites where sites.id = site_install_status.site_id;
    v_midnight := app.day_start(app.day_of(now(), v_site.time_zone), v_site.time_zone);
    allowed_hosts := v_site.domain || v_site.allowed_origins;
    with visit as materialized (
        select sessions.created_at, sessions.last_event_at, sessions.page_host, sessions.script_version
        from app.sessions
        where sessions.site_id = site_install_status.site_id and sessions.created_at > now() - interval '7 days'
            and sessions.created_month >= v_month and not sessions.is_bot
        order by sessions.created_at desc
        limit 1000
    )
    select
        max(visit.last_event_at),
        max(visit.created_at),
        (
            select coalesce(jsonb_agg(jsonb_build_object(
                'host', host.name, 'visits', host.visits, 'last_at', host.last_at,
                'is_allowed', coalesce(app.host_in(host.name, allowed_hosts), false)
            ) order by host.visits desc, host.name), '[]')
            from (
                select one.page_host as name, count(*) as visits, max(one.last_event_at) as last_at
                from visit as one
                where one.page_host is not null
                group by one.page_host
                order by count(*) desc
                limit 20
            ) as host
        ),
        (
            select coalesce(jsonb_agg(jsonb_build_object(
                'version', script.version, 'visits', script.visits, 'last_at', script.last_at
            ) order by script.last_at desc), '[]')
            from (
                select one.script_version as version, count(*) as visits, max(one.last_event_at) as last_at
                from visit as one
                where one.script_version is not null
                group by one.script_version
                order by max(one.last_event_at) desc
                limit 20
            ) as script
        )
    into last_hit_at, last_visit_at, hosts, script_versions
    from visit;
    select count(*), coalesce(sum(sessions.event_count), 0) into visits_today, events_today
    from app.sessions
    where sessions.site_id = site_install_status.site_id and sessions.created_at >= v_midnight
        and sessions.created_month >= (date_trunc('month', v_midnight at time zone 'UTC'))::date
        and not sessions.is_bot;
    select
        coalesce(jsonb_agg(said.one order by said.last_at desc) filter (where not said.is_kept), '[]'),
        coalesce(jsonb_agg(said.one order by said.last_at desc) filter (where said.is_kept), '[]')
    into refused, kept_aside
    from (
        select
            refusal.is_kept,
            refusal.last_at,
            jsonb_build_object('reason', refusal.reason, 'count', refusal.count, 'last_at', refusal.last_at) as one
        from access.site_refusals(site_install_status.site_id) as refusal
    ) as said;
    if last_hit_at is null then
        -- Quiet for a week: the last visit there is, if any.
        select max(sessions.last_event_at), max(sessions.created_at) into last_hit_at, last_visit_at
        from app.sessions
        where sessions.site_id = site_install_status.site_id and not sessions.is_bot
            and sessions.created_at > now() - interval '190 days'
            and sessions.created_month
            >= (date_trunc('month', (now() - interval '190 days') at time zone 'UTC'))::date;
    end if;
    status := case
        when last_hit_at > now() - interval '24 hours' then 'RECEIVING'
        when refused <> '[]' or kept_aside <> '[]' then 'REFUSED'
        when last_hit_at is null then 'NEVER'
        else 'NO_TRAFFIC'
    end;
    return next;
end;
$$;

comment on function api.site_install_status(uuid) is
$$Is my tag alive? status: RECEIVING (an event in the last 24 hours), REFUSED (none, but something came that was not
taken), NO_TRAFFIC (none any more), NEVER (none in 190 days).

Of the last 7 days and at most the 1,000 newest visits: hosts of the pages that carry the script, and the versions of
the script. Every version that speaks this contract is taken. refused: what was answered with a no, and kept_aside:
what is kept to be looked at, each reason with its count in 7 days. visits_today and events_today: since midnight of
the site's zone. 404 site_not_found.$$;

grant execute on function api.site_install_status(uuid) to authenticated;
