-- The run that this connection has just made; none when another one was under way.
select
    job_runs.job,
    job_runs.outcome,
    job_runs.done,
    job_runs.error
from ops.job_runs
where
    job_runs.job = %(job)s
    and job_runs.backend_pid = pg_backend_pid()
    -- process numbers come round again
    and job_runs.started_at >= (
        select backend_start from pg_stat_activity where pid = pg_backend_pid()
    )
order by job_runs.id desc
limit 1
