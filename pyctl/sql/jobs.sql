-- Every job with its last run, whether it is due, and in which lane it runs.
select
    name,
    every::text as every,
    is_enabled,
    extract(epoch from time_limit)::float8 as limit_seconds,
    last_started_at,
    last_outcome,
    last_done,
    last_error,
    is_due,
    is_late,
    every > interval '5 minutes' as is_long
from ops.job_state()
order by name
