-- The statement that brings each job's row; whether it is enabled stays the operator's.
select
    jobs.name,
    format(
        'insert into ops.jobs (name, function, every, cron, time_limit, repeats) values'
        ' (%L, %L, %L, %L, %L, %L)'
        ' on conflict (name) do update set function = excluded.function, every = excluded.every,'
        ' cron = excluded.cron, time_limit = excluded.time_limit, repeats = excluded.repeats;',
        jobs.name, jobs.function, jobs.every, jobs.cron, jobs.time_limit, jobs.repeats
    ) as statement
from ops.jobs
order by jobs.name
