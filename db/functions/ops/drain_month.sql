create function ops.drain_month(month date) returns bigint
language plpgsql
set search_path = ''
as $$
declare
    v_end date := (month + interval '1 month')::date;
    v_parent regclass;
    v_default regclass;
    v_child record;
    v_count bigint;
    v_done bigint := 0;
begin
    if month <> date_trunc('month', month)::date then
        raise exception using
            errcode = 'invalid_parameter_value', message = format('%s is not the first day of a month.', month);
    end if;
    -- In the order in which ingest takes them; rather fail and be retried than queue it behind us.
    perform set_config('lock_timeout', '2s', true);
    lock table app.sessions, app.events in access exclusive mode;
    -- Rows change their place only: no trigger is to see a new one, open a card or mark an hour.
    perform set_config('session_replication_role', 'replica', true);
    foreach v_parent in array array['app.sessions'::regclass, 'app.events'::regclass] loop
        select partition.name into strict v_default from ops.partitions() as partition
        where partition.parent = v_parent::text and partition.month is null;
        continue when exists (
            select from ops.partitions() as partition
            where partition.parent = v_parent::text and partition.month = drain_month.month
        );
        select shown.partition_schema as schema, shown.partition_table as name into v_child
        from partman.show_partition_name(v_parent::text, month::text) as shown;
        execute format('create table %I.%I (like %s including all)', v_child.schema, v_child.name, v_parent);
        execute format(
            'with moved as (delete from %s where created_month = %L returning *)'
            ' insert into %I.%I select * from moved', v_default, month, v_child.schema, v_child.name
        );
        get diagnostics v_count = row_count;
        v_done := v_done + v_count;
        execute format(
            'alter table %s attach partition %I.%I for values from (%L) to (%L)',
            v_parent, v_child.schema, v_child.name, month, v_end
        );
    end loop;
    perform set_config('session_replication_role', 'origin', true);
    perform app.secure_partitions();
    return v_done;
end;
$$;

comment on function ops.drain_month(date) is
'Makes the partitions of a month, moves its rows there out of the default ones and closes them. Returns how many '
'rows. Ingest waits meanwhile.';
