create function ops.cancel_overdue_jobs() returns bigint
language sql
volatile
set search_path = ''
as $$
    -- pg_cron sets no statement_timeout. The run itself records that it was cancelled.
    -- Materialized: the cancelling must come after the choosing, not be one more filter of it.
    with overdue as materialized (
        select backend.pid
        from ops.job_runs
        join ops.jobs on jobs.name = job_runs.job
        join pg_catalog.pg_stat_activity as backend
            on backend.pid = job_runs.backend_pid and backend.backend_start <= job_runs.started_at
        where job_runs.outcome = 'running' and job_runs.started_at < clock_timestamp() - jobs.time_limit
            and backend.pid <> pg_backend_pid() and backend.datname = current_database()
            and backend.query like '%ops.run_job%'
    )
    select count(*) filter (where pg_cancel_backend(overdue.pid)) from overdue;
$$;

comment on function ops.cancel_overdue_jobs() is
'Ends runs that outlived their time limit, wherever they run. Returns how many. Part of the job '
'write_health.';
