-- Runs, newest first. One that is 'running' past its limit died with its connection.
select
    job_runs.job,
    job_runs.started_at,
    job_runs.finished_at,
    case
        when job_runs.outcome = 'running' and job_runs.started_at < now() - jobs.time_limit - interval '10 seconds'
            then 'died'
        else job_runs.outcome
    end as outcome,
    extract(epoch from job_runs.finished_at - job_runs.started_at)::float8 as seconds,
    job_runs.done,
    job_runs.error
from ops.job_runs
inner join ops.jobs on job_runs.job = jobs.name
where
    (%(job)s::text is null or job_runs.job = %(job)s)
    and (not %(failed)s::boolean or job_runs.outcome = 'failed' or job_runs.outcome = 'running'
    and job_runs.started_at < now() - jobs.time_limit - interval '10 seconds')
order by job_runs.id desc
limit %(limit)s
