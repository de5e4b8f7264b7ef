create function ops.finish_drain() returns void
language plpgsql
set search_path = ''
as $$
declare
    v_parent regclass;
    v_copy regclass;
    v_default record;
    v_child record;
begin
    -- In the order in which ingest takes them; rather fail and be retried than queue it behind us.
    perform ops.give_way();
    lock table app.sessions, app.events in access exclusive mode;
    foreach v_parent in array array['app.sessions'::regclass, 'app.events'::regclass] loop
        v_copy := replace(v_parent::text, 'app.', 'ops.draining_')::regclass;
        select pg_class.oid::regclass as id, pg_class.relnamespace::regnamespace as schema, pg_class.relname as name
        into strict v_default
        from ops.partitions() as partition
        join pg_catalog.pg_class on pg_class.oid = partition.name::regclass
        where partition.parent = v_parent::text and partition.month is null;
        -- First, so that no month is looked for in it.
        execute format('alter table %s detach partition %s', v_parent, v_default.id);
        execute format('drop table %s', v_default.id);
        for v_child in
            select
                child.oid::regclass as id,
                substring(pg_get_expr(child.relpartbound, child.oid) from 'FROM \(''([0-9-]+)')::date as month
            from pg_catalog.pg_inherits as link
            join pg_catalog.pg_class as child on child.oid = link.inhrelid
            where link.inhparent = v_copy
            -- The default partition last: what is attached beside one is looked for in it.
            order by month nulls last
        loop
            execute format('alter table %s detach partition %s', v_copy, v_child.id);
            if v_child.month is null then
                execute format('alter table %s set schema %s', v_child.id, v_default.schema);
                execute format('alter table %s attach partition %s default', v_parent, v_child.id);
            else
                execute format(
                    'alter table %s attach partition %s for values from (%L) to (%L)',
                    v_parent, v_child.id, v_child.month, (v_child.month + interval '1 month')::date
                );
                execute format('alter table %s drop constraint drained', v_child.id);
            end if;
        end loop;
        execute format('drop table %s', v_copy);
    end loop;
    perform app.secure_partitions();
end;
$$;

comment on function ops.finish_drain() is
'Puts what ops.copy_default has copied in the place of the default partitions. Moves no row, reads none: ingest and '
'readers wait for moments. The caller has waited for those whose snapshot is older than the copy.';
