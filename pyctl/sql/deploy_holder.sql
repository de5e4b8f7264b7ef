-- Who is deploying to this database just now.
select
    pg_stat_activity.pid,
    pg_stat_activity.usename as who,
    pg_stat_activity.application_name,
    to_char(pg_stat_activity.backend_start, 'YYYY-MM-DD HH24:MI:SS TZ') as since
from pg_locks
inner join pg_stat_activity on pg_locks.pid = pg_stat_activity.pid
where
    pg_locks.locktype = 'advisory'
    and pg_locks.granted
    and pg_locks.database = (select oid from pg_database where datname = current_database())
    and pg_locks.classid::bigint = %(classid)s
    and pg_locks.objid::bigint = %(objid)s
