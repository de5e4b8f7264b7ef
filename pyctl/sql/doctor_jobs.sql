-- Jobs that are late or whose last run failed.
select
    case
        when job.is_late and job.last_ok_at is null then format('job %s is late: it has never run well', job.name)
        when job.is_late
            then format('job %s is late: the last good run began %s', job.name, to_char(
                job.last_ok_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI "UTC"'
            ))
        else format('job %s failed: %s', job.name, job.last_error)
    end as what,
    case
        when job.is_late
            then format('pyctl jobs run %s; is pg_cron loaded, or does `pyctl jobs run --loop` run?', job.name)
        else format('Mend what it says, then: pyctl jobs run %s', job.name)
    end as mend
from ops.job_state() as job
where job.is_late or (job.is_enabled and job.last_outcome = 'failed')
