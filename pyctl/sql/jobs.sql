-- Every job with its last run, and whether it is due.
select
    name,
    every::text as every,
    is_enabled,
    extract(epoch from time_limit)::float8 as limit_seconds,
    last_started_at::text as last_started_at,
    last_outcome,
    last_done,
    last_error,
    is_due,
    is_late
from ops.job_state()
order by name
