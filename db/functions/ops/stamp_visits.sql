create function ops.stamp_visits() returns bigint
language plpgsql
set search_path = ''
as $$
declare
    v_site_id uuid;
    v_zone text;
    v_progress app.stats_progress;
    v_month date;
    v_since timestamptz;
    v_until timestamptz;
    v_done bigint;
begin
    select stats_progress.site_id into v_site_id from app.stats_progress
    where stats_progress.stamped_until < 'infinity' order by random() limit 1;
    if not found then
        return 0;
    end if;
    -- Who erases a person at the same time goes first: rather try again than let them, and batches, wait.
    perform set_config('lock_timeout', '500ms', true);
    -- As who changes a zone: no batch is under way, none sees a day half done.
    perform pg_advisory_xact_lock(hashtextextended('site:' || v_site_id, 0));
    select sites.time_zone into v_zone from app.sites where sites.id = v_site_id;
    select stats_progress.* into v_progress from app.stats_progress
    where stats_progress.site_id = v_site_id for update;
    v_month := coalesce(
        (date_trunc('month', nullif(v_progress.stamped_until, '-infinity') at time zone 'UTC'))::date, '-infinity'
    );
    -- Some thousand visits, and their last day to its end: batches of the site wait meanwhile.
    select min(visit.created_at), case when count(*) = 5000 then
        app.day_start(app.day_of(max(visit.created_at), v_zone) + 1, v_zone) else 'infinity' end
    into v_since, v_until
    from (
        select sessions.created_at from app.sessions
        where sessions.site_id = v_site_id and sessions.created_at >= v_progress.stamped_until
            and sessions.created_month >= v_month
        order by sessions.created_at
        limit 5000
    ) as visit;
    update app.sessions set
        first_of_day = visit.is_first, first_ads_of_day = visit.is_first_ads
    from (
        select
            session.id, session.created_month,
            row_number() over (
                partition by session.visitor_id, session.day order by session.created_at, session.id
            ) = 1 as is_first,
            session.is_ads and row_number() over (
                partition by session.visitor_id, session.day, session.is_ads order by session.created_at, session.id
            ) = 1 as is_first_ads
        from (
            select sessions.id, sessions.created_month, sessions.created_at, sessions.visitor_id, sessions.is_ads,
                app.day_of(sessions.created_at, v_zone) as day
            from app.sessions
            where sessions.site_id = v_site_id and sessions.created_at >= v_since and sessions.created_at < v_until
                and sessions.created_month >= (date_trunc('month', v_since at time zone 'UTC'))::date
                and sessions.visitor_id is not null and not sessions.is_bot
        ) as session
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

comment on function ops.stamp_visits() is
'Job: after a site''s zone has changed, a step of setting the daily flags of its visits by the new days, the oldest '
'first. Returns how many visits it changed, and one; 0 when all are right.';
