-- Who holds a lock on a table or a partition of it, for the message of a deploy that gave up.
select
    pg_stat_activity.pid,
    coalesce(pg_stat_activity.usename, pg_stat_activity.backend_type) as who,
    pg_stat_activity.application_name,
    pg_stat_activity.state,
    date_trunc('second', clock_timestamp() - pg_stat_activity.xact_start)::text as since
from pg_locks
inner join pg_stat_activity on pg_locks.pid = pg_stat_activity.pid
left join pg_inherits on pg_locks.relation = pg_inherits.inhrelid
where
    coalesce(pg_inherits.inhparent, pg_locks.relation) = to_regclass(%(relation)s)
    and pg_locks.granted
    and pg_locks.pid <> pg_backend_pid()
order by pg_stat_activity.xact_start nulls last
limit 3
