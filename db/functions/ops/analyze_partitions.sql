create function ops.analyze_partitions() returns bigint
language plpgsql
set search_path = ''
as $$
begin
    -- Autovacuum sees to each month, never to the whole; and plans over several months are made by the whole.
    analyze app.sessions;
    analyze app.events;
    return 2;
end;
$$;

comment on function ops.analyze_partitions() is
'Job: statistics of sessions and events over all months, which autovacuum does not make.';
