select * from ops.partition_findings() order by severity, name, finding
