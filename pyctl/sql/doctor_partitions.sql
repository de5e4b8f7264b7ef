-- Partitions: what `pyctl partition check` finds.
select
    format('%s: %s', finding.name, finding.finding) as what,
    finding.way_out as mend
from ops.partition_findings() as finding
order by finding.severity, finding.name, finding.finding
