create function ops.roll_stats() returns bigint
language plpgsql
set search_path = ''
as $$
declare
    v_began constant timestamptz := clock_timestamp();
    -- Writers mark what is older than 15 minutes, so younger rows of whoever still writes are the only ones unseen.
    -- Five minutes more, should the clock be set back.
    v_ready constant timestamptz := least(v_began - interval '20 minutes', ops.writers_from() - interval '15 minutes');
    v_site_id uuid;
    v_done bigint := 0;
begin
    for v_site_id in
        select sites.id
        from app.sites
        left join app.stats_progress as progress on progress.site_id = sites.id
        where progress.site_id is null or progress.time_zone <> sites.time_zone or progress.next_at <= v_ready
            or progress.rolled_until = '-infinity'
            or exists (select from app.stats_marks where stats_marks.site_id = sites.id)
        -- Not the one that is furthest behind: a site with much to do would be first each time, and alone.
        order by random()
    loop
        begin
            if ops.roll_site(v_site_id, v_ready) then
                v_done := v_done + 1;
            end if;
        exception when others then
            -- Its own numbers are read from the raw rows; no other site's wait for it. Health shows who is behind.
            raise warning 'rollups of site %: % %', v_site_id, sqlstate, sqlerrm;
        end;
        -- A site's row is locked until the end of this transaction: keep it short. The job calls again.
        exit when v_done >= 50 or clock_timestamp() > v_began + interval '1 second';
    end loop;
    return v_done;
end;
$$;

comment on function ops.roll_stats() is
'Job: a step of the rollups for as many sites as a second allows. Returns how many; 0 when all are rolled.';
