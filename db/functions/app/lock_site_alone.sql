create function app.lock_site_alone(site_id uuid) returns void
language plpgsql
set search_path = ''
as $$
declare
    v_keys text[];
    v_locked text[];
begin
    loop
        -- The order keeps two who change the same site from holding a key each.
        v_keys := array(
            select key from app.sites cross join lateral unnest(array[sites.public_key, sites.previous_key]) as key
            where sites.id = lock_site_alone.site_id and key is not null order by key
        );
        -- Who had it before us may have rotated the key.
        exit when v_keys <@ v_locked or v_keys = '{}';
        perform pg_advisory_xact_lock(hashtextextended('site:' || key, 0)) from unnest(v_keys) as key;
        v_locked := v_keys;
    end loop;
end;
$$;

comment on function app.lock_site_alone(uuid) is
'Waits for the batches of a site that are under way and keeps new ones waiting until the transaction ends. By key, '
'since ingest takes its share before it has read the site.';
grant execute on function app.lock_site_alone(uuid) to app_definer;
