create function ops.retain_visits() returns bigint
language plpgsql
set search_path = ''
as $$
declare
    v_site record;
    v_month date;
    v_raw_from timestamptz;
    v_ids uuid[];
    v_count bigint;
begin
    for v_site in
        select
            sites.id,
            (date_trunc('month', now() at time zone 'UTC') - make_interval(months => sites.retention_months))::date
            as keep_from
        from app.sites where sites.retention_months is not null
        order by sites.id
    loop
        select min(sessions.created_month) into v_month from app.sessions
        where sessions.site_id = v_site.id and sessions.created_month < v_site.keep_from;
        continue when v_month is null;
        perform from app.stats_progress where stats_progress.site_id = v_site.id for update;
        -- Health says which rollups are behind; tomorrow is soon enough.
        continue when ops.retire_refusal(v_month, v_site.id) is not null;
        v_raw_from := (v_month + interval '1 month') at time zone 'UTC';
        update app.stats_progress set raw_from = v_raw_from
        where stats_progress.site_id = v_site.id and stats_progress.raw_from < v_raw_from;
        v_ids := array(
            select sessions.id from app.sessions
            where sessions.site_id = v_site.id and sessions.created_month = v_month
            order by sessions.id limit 2000
        );
        -- From here on the rollups alone answer for these days: there is nothing to mark.
        perform set_config('session_replication_role', 'replica', true);
        delete from app.events
        where events.site_id = v_site.id and events.session_id = any (v_ids) and events.created_month = v_month;
        delete from app.sessions
        where sessions.site_id = v_site.id and sessions.id = any (v_ids) and sessions.created_month = v_month;
        get diagnostics v_count = row_count;
        perform set_config('session_replication_role', 'origin', true);
        return v_count;
    end loop;
    return 0;
end;
$$;

comment on function ops.retain_visits() is
'Job: deletes visits that their site keeps no longer (sites.retention_months), 2,000 of one month of one site a step, '
'with their events; the cards stay. Returns how many visits; 0 when there are none.';
