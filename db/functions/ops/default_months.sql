create function ops.default_months() returns table (month date, sessions bigint, events bigint)
language plpgsql
stable
set search_path = ''
as $$
declare
    v_sessions regclass;
    v_events regclass;
begin
    select partition.name into v_sessions from ops.partitions() as partition
    where partition.parent = 'app.sessions' and partition.month is null;
    select partition.name into v_events from ops.partitions() as partition
    where partition.parent = 'app.events' and partition.month is null;
    -- Only: where there is no default partition, the table itself holds no row.
    for month, sessions, events in execute format(
        'select created_month, count(*) filter (where kind = 1), count(*) filter (where kind = 2)'
        ' from (select created_month, 1 from only %s union all select created_month, 2 from only %s)'
        ' as stray (created_month, kind) group by created_month order by created_month',
        coalesce(v_sessions, 'app.sessions'), coalesce(v_events, 'app.events')
    ) loop
        return next;
    end loop;
end;
$$;

comment on function ops.default_months() is
'Months of which the default partitions hold rows, with how many. Normally none: reads all that is there.';
