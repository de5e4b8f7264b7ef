-- Partitions: months ahead, the default partition, children without row level security.
select
    format('%s has %s months ahead', parent.name, parent.runway) as what,
    'pyctl partition ensure; pyctl jobs history upkeep_partitions tells why the job did not' as mend
from ops.partition_runway() as parent
where parent.runway < 2
union all
select
    format('the default partition of %s holds rows', parent.name),
    'Its month is missing: pyctl partition drain moves them to partitions of their own'
from ops.partition_runway() as parent
where parent.default_rows
union all
select
    format('%s partitions of %s are without row level security or have grants', parent.open_children, parent.name),
    'pyctl partition check names them, pyctl partition ensure closes them'
from ops.partition_runway() as parent
where parent.open_children > 0
