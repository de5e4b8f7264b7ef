create function ops.drop_drain() returns boolean
language plpgsql
set search_path = ''
as $$
declare
    v_table regclass;
    v_found boolean := false;
begin
    perform ops.give_way();
    -- First the trigger: without its table every write would fail.
    for v_table in
        select pg_trigger.tgrelid from pg_catalog.pg_trigger
        where pg_trigger.tgfoid = 'ops.tg_default__follow()'::regprocedure
        order by pg_trigger.tgrelid::regclass::text desc
    loop
        execute format('drop trigger follow on %s', v_table);
        execute format('alter table %s reset (autovacuum_enabled)', v_table);
        v_found := true;
    end loop;
    for v_table in
        select pg_class.oid from pg_catalog.pg_class
        where pg_class.relnamespace = 'ops'::regnamespace
            and pg_class.relname in ('draining_sessions', 'draining_events')
    loop
        execute format('drop table %s', v_table);
        v_found := true;
    end loop;
    return v_found;
end;
$$;

comment on function ops.drop_drain() is
'Takes back a drain that was not finished: the default partitions hold all their rows, its copies go. Returns whether '
'there was one.';
