-- Facts as in draft_facts: each job's row. Whether it is enabled stays the operator's.
select
    'after' as place,
    'over' as how,
    'job' as kind,
    null as of_what,
    jobs.name,
    concat_ws(', ', jobs.function, jobs.cron, jobs.every, jobs.time_limit, jobs.repeats) as body,
    format(
        'insert into ops.jobs (name, function, every, cron, time_limit, repeats) values'
        ' (%L, %L, %L, %L, %L, %L)'
        ' on conflict (name) do update set function = excluded.function, every = excluded.every,'
        ' cron = excluded.cron, time_limit = excluded.time_limit, repeats = excluded.repeats',
        jobs.name, jobs.function, jobs.every, jobs.cron, jobs.time_limit, jobs.repeats
    ) as made,
    format('delete from ops.jobs where name = %L', jobs.name) as undone
from ops.jobs
order by jobs.name
