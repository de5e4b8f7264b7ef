-- Partitions: months ahead, the default partition, children without row level security.
select
    format('%s has %s months ahead', parent.name, parent.runway) as what,
    'pyctl jobs run upkeep_partitions' as mend
from ops.partition_runway() as parent
where parent.runway < 2
union all
select
    format('the default partition of %s holds rows', parent.name),
    'Its month is missing: move them to a partition of their own (docs/how-to).'
from ops.partition_runway() as parent
where parent.default_rows
union all
select
    format('%s partitions of %s are without row level security or have grants', parent.open_children, parent.name),
    'pyctl jobs run upkeep_partitions closes them'
from ops.partition_runway() as parent
where parent.open_children > 0
