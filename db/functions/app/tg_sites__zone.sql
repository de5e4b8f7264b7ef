create function app.tg_sites__zone() returns trigger
language plpgsql
set search_path = ''
as $$
begin
    -- Batches that are under way counted days by the old zone; those that come wait, and read the new one.
    perform pg_advisory_xact_lock(hashtextextended('site:' || new.id, 0));
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
                app.day_of(sessions.created_at, new.time_zone) as day
            from app.sessions
            where sessions.site_id = new.id and sessions.visitor_id is not null and not sessions.is_bot
        ) as session
    ) as visit
    where sessions.site_id = new.id and sessions.id = visit.id and sessions.created_month = visit.created_month
        and (sessions.first_of_day <> visit.is_first or sessions.first_ads_of_day <> visit.is_first_ads);
    return null;
end;
$$;

comment on function app.tg_sites__zone() is
'Another zone has other days: sets the daily flags of the site''s sessions anew. The rollups of the '
'old zone are not read from then on, and made again by the job.';
