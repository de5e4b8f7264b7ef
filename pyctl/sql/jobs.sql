-- Every job with its last run. Due: enabled, and its period has passed since the last run began.
select
    jobs.name,
    jobs.every::text as every,
    jobs.is_enabled,
    extract(epoch from jobs.time_limit)::float8 as limit_seconds,
    last_run.started_at::text as last_started_at,
    last_run.outcome as last_outcome,
    last_run.done as last_done,
    last_run.error as last_error,
    jobs.is_enabled
    and (last_run.started_at is null or last_run.started_at <= now() - jobs.every) as is_due,
    state.is_late
from ops.jobs
inner join ops.job_state() as state using (name)
left join lateral (
    select
        job_runs.started_at,
        job_runs.outcome,
        job_runs.done,
        job_runs.error
    from ops.job_runs
    where job_runs.job = jobs.name
    order by job_runs.started_at desc
    limit 1
) as last_run on true
order by jobs.name
