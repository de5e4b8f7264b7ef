create function app.secure_partitions() returns bigint
language plpgsql
set search_path = ''
as $$
declare
    v_child regclass;
    v_count bigint := 0;
begin
    -- A new child gets neither RLS nor is its absence visible from outside: close it by the same path that makes it.
    for v_child in
        select child.oid
        from pg_catalog.pg_inherits as link
        join pg_catalog.pg_class as child on child.oid = link.inhrelid
        where link.inhparent in ('app.sessions'::regclass, 'app.events'::regclass) and not child.relrowsecurity
        order by child.relname
    loop
        execute format('alter table %s enable row level security', v_child);
        v_count := v_count + 1;
    end loop;
    return v_count;
end;
$$;

comment on function app.secure_partitions() is
'Switches RLS on for each partition that lacks it. Children have no grants and no policies. '
'Returns how many it closed.';
