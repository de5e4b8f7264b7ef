create function ops.job_state() returns table (
    name text, every interval, cron text, time_limit interval, is_enabled boolean,
    last_started_at timestamptz, last_outcome text, last_done bigint, last_error text, last_ok_at timestamptz,
    is_due boolean, is_late boolean
)
language sql
stable
set search_path = ''
as $$
    select
        jobs.name, jobs.every, jobs.cron, jobs.time_limit, jobs.is_enabled,
        last_run.started_at,
        case when last_run.has_died then 'failed' else last_run.outcome end,
        last_run.done,
        case when last_run.has_died then 'its connection was lost' else last_run.error end,
        last_ok.started_at,
        -- Who looks each minute is never there to the second. What failed once a day has not to wait for the next one;
        -- what went well is due at its hour, as by pg_cron, and not a day after whoever started it.
        jobs.is_enabled and coalesce(
            case when last_run.has_died or last_run.outcome = 'failed'
                then last_run.started_at <= now() + interval '5 seconds' - least(jobs.every, interval '1 hour')
                else last_run.started_at < coalesce(
                    daily.at - case when daily.at > now() then interval '1 day' else interval '0' end,
                    now() + interval '5 seconds' - jobs.every
                ) end,
            true
        ),
        jobs.is_enabled and coalesce(last_ok.started_at, deploy.first_at) < now() - 2 * jobs.every
    from ops.jobs
    cross join lateral (
        select case when jobs.every = interval '1 day' and jobs.cron ~ '^[0-9]+ [0-9]+ \* \* \*$' then (
            date_trunc('day', now() at time zone 'UTC') + make_interval(
                hours => split_part(jobs.cron, ' ', 2)::integer, mins => split_part(jobs.cron, ' ', 1)::integer
            )
        ) at time zone 'UTC' end as at
    ) as daily
    cross join (select coalesce(min(deploys.at), now()) as first_at from ops.deploys) as deploy
    left join lateral (
        select
            job_runs.started_at, job_runs.outcome, job_runs.done, job_runs.error,
            job_runs.outcome = 'running' and job_runs.started_at < now() - jobs.time_limit - interval '10 seconds'
            as has_died
        from ops.job_runs
        where job_runs.job = jobs.name order by job_runs.started_at desc limit 1
    ) as last_run on true
    left join lateral (
        select job_runs.started_at from ops.job_runs
        where job_runs.job = jobs.name and job_runs.outcome = 'ok' order by job_runs.started_at desc limit 1
    ) as last_ok on true;
$$;

comment on function ops.job_state() is 'Each job with its last run; late: no good run for twice its interval.';
