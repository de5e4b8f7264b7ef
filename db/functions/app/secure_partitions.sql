create function app.secure_partitions() returns bigint
language plpgsql
set search_path = ''
as $$
declare
    v_child record;
    v_grantee text;
    v_count bigint := 0;
begin
    for v_child in
        select
            child.oid::regclass as id,
            child.relrowsecurity,
            child.relowner,
            parent.relowner as right_owner,
            app.grantees(child.oid) as grantees,
            coalesce(child.reloptions, '{}') as options,
            app.partition_options(
                link.inhparent::regclass::text,
                substring(pg_catalog.pg_get_expr(child.relpartbound, child.oid) from 'FROM \(''([0-9-]+)')::date
            ) as wanted
        from pg_catalog.pg_inherits as link
        join pg_catalog.pg_class as child on child.oid = link.inhrelid
        join pg_catalog.pg_class as parent on parent.oid = link.inhparent
        where link.inhparent in ('app.sessions'::regclass, 'app.events'::regclass)
        order by child.relname
    loop
        -- A new child gets neither RLS nor is its absence visible from outside: close it by the same path that makes it.
        if not v_child.relrowsecurity then
            execute format('alter table %s enable row level security', v_child.id);
        end if;
        -- pg_partman leaves it to whom the job runs as.
        if v_child.relowner <> v_child.right_owner then
            execute format('alter table %s owner to %s', v_child.id, v_child.right_owner::regrole);
        end if;
        foreach v_grantee in array v_child.grantees loop
            execute format('revoke all on table %s from %s', v_child.id, v_grantee);
        end loop;
        v_count := v_count + (not v_child.relrowsecurity or v_child.grantees <> '{}')::integer;
        continue when v_child.options @> v_child.wanted;
        begin
            execute format('alter table %s set (%s)', v_child.id, array_to_string(v_child.wanted, ', '));
        exception when lock_not_available then
            -- A vacuum is at it: the next time will do.
            null;
        end;
    end loop;
    return v_count;
end;
$$;

comment on function app.secure_partitions() is
'Switches RLS on for each partition that lacks it and takes grants away: children have neither grants nor policies, '
'and belong to whom their parent belongs. Also sets how autovacuum treats each. Returns how many it closed.';
