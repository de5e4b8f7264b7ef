create function ops.analyze_grown() returns bigint
language plpgsql
set search_path = ''
as $$
declare
    v_table regclass;
    v_done bigint := 0;
begin
    for v_table in
        select pg_class.oid
        from pg_catalog.pg_class
        where pg_class.relnamespace = 'app'::regnamespace and pg_class.relkind = 'r'
            -- Twice the pages that the last ANALYZE saw. By size and not by what the server counts: a crash forgets that.
            and pg_relation_size(pg_class.oid) > 2 * (pg_class.relpages + 8) * current_setting('block_size')::bigint
        order by pg_class.oid
    loop
        -- Who holds it may be autovacuum, at the same work.
        execute format('analyze (skip_locked) %s', v_table);
        v_done := v_done + 1;
    end loop;
    return v_done;
end;
$$;

comment on function ops.analyze_grown() is
'Job: statistics of each table of app that has doubled since they were made, or never had any: a month in its first '
'minutes, a restored database. Plans made without them may read all rows of a site. Returns how many tables.';
