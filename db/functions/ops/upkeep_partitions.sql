create function ops.upkeep_partitions() returns bigint
language plpgsql
set search_path = ''
as $$
declare
    v_default regclass;
    v_missing record;
begin
    -- A new month takes ACCESS EXCLUSIVE on the default partition: rather fail and be retried than queue ingest behind
    -- us. Both at once, in ingest's order.
    perform ops.give_way();
    for v_missing in
        select parent.name
        from (values ('app.sessions'), ('app.events')) as parent (name)
        where not exists (
            select from ops.partitions() as partition
            where partition.parent = parent.name and partition.month is null
        )
        order by parent.name desc
    loop
        execute format('create table %1$s_default partition of %1$s default', v_missing.name);
    end loop;
    if exists (select from ops.missing_months()) then
        for v_default in
            select partition.name::regclass from ops.partitions() as partition
            where partition.month is null order by partition.parent desc
        loop
            execute format('lock table %s in access exclusive mode', v_default);
        end loop;
    end if;
    perform partman.run_maintenance('app.sessions');
    perform partman.run_maintenance('app.events');
    -- It only looks past the newest month. Whether it left its own search_path behind depends on its version.
    for v_missing in
        select missing.name, missing.month from ops.missing_months() as missing
    loop
        perform partman.create_partition_time(
            p_parent_table => v_missing.name,
            p_partition_times => array[v_missing.month::timestamp at time zone 'UTC']
        );
    end loop;
    return app.secure_partitions();
end;
$$;

comment on function ops.upkeep_partitions() is
'Job: makes the months of sessions and events from the last one to as many ahead as partman.part_config.premake says, '
'and a default partition where there is none; closes each new child and sets how autovacuum treats it. Returns how '
'many children it closed.';
