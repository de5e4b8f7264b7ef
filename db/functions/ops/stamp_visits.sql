create function ops.stamp_visits(visits integer default 5000) returns bigint
language plpgsql
set search_path = ''
as $$
declare
    v_site_id uuid;
    v_zone text;
    v_progress app.stats_progress;
    v_since timestamptz;
    v_until timestamptz;
    v_day timestamptz;
    v_next_day timestamptz;
    v_day_month date;
    v_month date;
    v_done bigint;
begin
    select stats_progress.site_id into v_site_id from app.stats_progress
    where stats_progress.stamped_until < 'infinity' order by random() limit 1;
    if not found then
        return 0;
    end if;
    -- Who erases a person at the same time goes first: rather try again than let them, and batches, wait.
    perform set_config('lock_timeout', '500ms', true);
    -- As who changes a zone: no batch is under way, none sees a visitor's day half done.
    perform app.lock_site_alone(v_site_id);
    select sites.time_zone into v_zone from app.sites where sites.id = v_site_id;
    select stats_progress.* into v_progress from app.stats_progress
    where stats_progress.site_id = v_site_id for update;
    v_month := coalesce(
        (date_trunc('month', nullif(v_progress.stamped_until, '-infinity') at time zone 'UTC'))::date, '-infinity'
    );
    -- Some thousand visits, however many their day has: batches of the site wait meanwhile.
    select
        min(visit.created_at),
        case when count(*) = visits then max(visit.created_at) + interval '1 microsecond' else 'infinity' end
    into v_since, v_until
    from (
        select sessions.created_at from app.sessions
        where sessions.site_id = v_site_id and sessions.created_at >= v_progress.stamped_until
            and sessions.created_month >= v_month
        order by sessions.created_at
        limit visits
    ) as visit;
    v_day := app.day_start(app.day_of(v_since, v_zone), v_zone);
    v_next_day := app.day_start(app.day_of(v_since, v_zone) + 1, v_zone);
    v_day_month := (date_trunc('month', v_day at time zone 'UTC'))::date;
    v_month := (date_trunc('month', v_since at time zone 'UTC'))::date;
    update app.sessions set
        first_of_day = visit.is_first, first_ads_of_day = visit.is_first_ads
    from (
        select
            session.id, session.created_month,
            session.n = 1 and before.id is null as is_first,
            session.is_ads and session.n_ads = 1 and ads_before.id is null as is_first_ads
        from (
            select
                each.*,
                row_number() over (partition by each.visitor_id, each.day order by each.created_at, each.id) as n,
                row_number() over (
                    partition by each.visitor_id, each.day, each.is_ads order by each.created_at, each.id
                ) as n_ads
            from (
                select sessions.id, sessions.created_month, sessions.created_at, sessions.visitor_id, sessions.is_ads,
                    app.day_of(sessions.created_at, v_zone) as day
                from app.sessions
                where sessions.site_id = v_site_id
                    and sessions.created_at >= v_since and sessions.created_at < v_until
                    and sessions.created_month >= v_month
                    and sessions.visitor_id is not null and not sessions.is_bot
            ) as each
        ) as session
        -- The step before may have ended within the day. One earlier visit is enough to know.
        left join lateral (
            select earlier.id from app.sessions as earlier
            where session.n = 1 and session.created_at < v_next_day
                and earlier.site_id = v_site_id and earlier.visitor_id = session.visitor_id and not earlier.is_bot
                and earlier.created_at >= v_day and earlier.created_at < v_since
                and earlier.created_month between v_day_month and v_month
            limit 1
        ) as before on true
        left join lateral (
            select earlier.id from app.sessions as earlier
            where session.is_ads and session.n_ads = 1 and session.created_at < v_next_day
                and earlier.site_id = v_site_id and earlier.visitor_id = session.visitor_id and not earlier.is_bot
                and earlier.created_at >= v_day and earlier.created_at < v_since and earlier.is_ads
                and earlier.created_month between v_day_month and v_month
            limit 1
        ) as ads_before on true
    ) as visit
    where sessions.site_id = v_site_id and sessions.id = visit.id and sessions.created_month = visit.created_month
        and (sessions.first_of_day <> visit.is_first or sessions.first_ads_of_day <> visit.is_first_ads);
    get diagnostics v_done = row_count;
    update app.stats_progress set stamped_until = v_until where stats_progress.site_id = v_site_id;
    return v_done + 1;
exception when lock_not_available then
    return 1;
end;
$$;

comment on function ops.stamp_visits(integer) is
'Job: after a site''s zone has changed, a step of setting the daily flags of its visits by the new days, so many, the '
'oldest first. Returns how many visits it changed, and one; 0 when all are right.';
