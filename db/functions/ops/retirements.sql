create function ops.retirements(before date) returns table (
    month date,
    sessions_table text,
    sessions bigint,
    events_table text,
    events bigint,
    bytes bigint,
    refusal text
)
language sql
stable
set search_path = ''
as $$
    select
        partition.month,
        max(partition.name) filter (where partition.parent = 'app.sessions'),
        coalesce(sum(partition.rows) filter (where partition.parent = 'app.sessions'), 0)::bigint,
        max(partition.name) filter (where partition.parent = 'app.events'),
        coalesce(sum(partition.rows) filter (where partition.parent = 'app.events'), 0)::bigint,
        sum(partition.bytes)::bigint,
        ops.retire_refusal(partition.month)
    from ops.partitions() as partition
    where partition.month < retirements.before
    group by partition.month
    order by partition.month;
$$;

comment on function ops.retirements(date) is
'The months before that one, oldest first: their tables, about how many rows, the size that goes with them, and why '
'one can not go yet.';
