create function app.tg_sites__zone() returns trigger
language plpgsql
set search_path = ''
as $$
begin
    -- Batches that are under way counted days by the old zone; those that come wait, and read the new one.
    perform app.lock_site_alone(new.id);
    insert into app.stats_progress as progress (
        site_id, time_zone, rolled_until, slices_from, next_at, details_from, stamped_until
    )
    values (new.id, old.time_zone, '-infinity', 'infinity', now(), 'infinity', '-infinity')
    on conflict on constraint stats_progress_pkey do update set
        rolled_until = excluded.rolled_until, next_at = excluded.next_at, stamped_until = excluded.stamped_until;
    return null;
end;
$$;

comment on function app.tg_sites__zone() is
'Another zone has other days: from now on neither the rollups nor the daily flags of the site''s visits are read, '
'until the jobs stamp_visits and roll_stats have made them again. Takes as long for a large site as for a small one.';
