create function ops.upkeep_partitions() returns bigint
language plpgsql
set search_path = ''
as $$
begin
    -- Maintenance takes ACCESS EXCLUSIVE on the default partition: rather fail and be retried than queue
    -- ingest behind us.
    perform set_config('lock_timeout', '2s', true);
    perform partman.run_maintenance('app.sessions');
    perform partman.run_maintenance('app.events');
    return app.secure_partitions();
end;
$$;

comment on function ops.upkeep_partitions() is
'Job: makes the coming months of sessions and events and closes each new child. Returns how many '
'children it closed.';
