create function ops.job_state() returns table (
    name text, every interval, cron text, time_limit interval, is_enabled boolean,
    last_started_at timestamptz, last_outcome text, last_error text, last_ok_at timestamptz, is_due boolean,
    is_late boolean
)
language sql
stable
set search_path = ''
as $$
    select
        jobs.name, jobs.every, jobs.cron, jobs.time_limit, jobs.is_enabled,
        last_run.started_at,
        -- A run that outlived its limit died with its connection.
        case when last_run.outcome = 'running' and last_run.started_at < now() - jobs.time_limit - interval '10 seconds'
            then 'failed' else last_run.outcome end,
        last_run.error,
        last_ok.started_at,
        jobs.is_enabled and coalesce(last_run.started_at <= now() - jobs.every + interval '5 seconds', true),
        jobs.is_enabled and coalesce(last_ok.started_at, deploy.first_at) < now() - 2 * jobs.every
    from ops.jobs
    cross join (select coalesce(min(deploys.at), now()) as first_at from ops.deploys) as deploy
    left join lateral (
        select job_runs.started_at, job_runs.outcome, job_runs.error from ops.job_runs
        where job_runs.job = jobs.name order by job_runs.started_at desc limit 1
    ) as last_run on true
    left join lateral (
        select job_runs.started_at from ops.job_runs
        where job_runs.job = jobs.name and job_runs.outcome = 'ok' order by job_runs.started_at desc limit 1
    ) as last_ok on true;
$$;

comment on function ops.job_state() is 'Each job with its last run; late: no good run for twice its interval.';
