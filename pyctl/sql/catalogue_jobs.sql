-- Rows that are part of the source. What operators change in them (is a job enabled) is theirs.
select
    'row' as kind,
    'job ' || jobs.name as name,
    concat_ws(', ', jobs.function, jobs.cron, jobs.every, jobs.time_limit, jobs.repeats) as definition
from ops.jobs
