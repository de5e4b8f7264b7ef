create function ops.upkeep_partitions() returns bigint
language plpgsql
set search_path = ''
as $$
declare
    v_missing record;
begin
    -- Maintenance takes ACCESS EXCLUSIVE on the default partition: rather fail and be retried than queue
    -- ingest behind us.
    perform set_config('lock_timeout', '2s', true);
    perform partman.run_maintenance('app.sessions');
    perform partman.run_maintenance('app.events');
    -- It only looks past the newest month. Whether it left its own search_path behind depends on its version.
    for v_missing in
        select parent.name, wanted.month
        from (values ('app.sessions'), ('app.events')) as parent (name)
        join partman.part_config on part_config.parent_table = parent.name
        cross join lateral pg_catalog.generate_series(
            pg_catalog.date_trunc('month', pg_catalog.now() at time zone 'UTC'),
            pg_catalog.date_trunc('month', pg_catalog.now() at time zone 'UTC')
            + part_config.premake * interval '1 month',
            interval '1 month'
        ) as wanted (month)
        where not exists (
            select from ops.partitions() as partition
            where partition.parent = parent.name and partition.month = wanted.month::date
        )
        order by parent.name desc, wanted.month
    loop
        perform partman.create_partition_time(
            p_parent_table => v_missing.name,
            p_partition_times => array[v_missing.month at time zone 'UTC']
        );
    end loop;
    return app.secure_partitions();
end;
$$;

comment on function ops.upkeep_partitions() is
'Job: makes the months of sessions and events from now to as many ahead as partman.part_config.premake says, closes '
'each new child and sets how autovacuum treats it. Returns how many children it closed.';
