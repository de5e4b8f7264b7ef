create function app.lock_site_alone(site_id uuid) returns void
language plpgsql
set search_path = ''
as $$
begin
    -- One at a time: who had it before us may have rotated the key, and in no order of the keys would we then be safe
    -- from somebody who came after that.
    perform pg_advisory_xact_lock(hashtextextended('site-alone:' || site_id, 0));
    perform pg_advisory_xact_lock(hashtextextended('site:' || key, 0))
    from app.sites cross join lateral unnest(array[sites.public_key, sites.previous_key]) as key
    where sites.id = lock_site_alone.site_id and key is not null;
end;
$$;

comment on function app.lock_site_alone(uuid) is
'Waits for the batches of a site that are under way and keeps new ones waiting until the transaction ends. By key, '
'since ingest takes its share before it has read the site.';
grant execute on function app.lock_site_alone(uuid) to app_definer;
