-- Who runs the jobs of this database in a loop.
select
    usename as who,
    pid,
    backend_start::timestamptz(0)::text as since
from pg_locks
inner join pg_stat_activity using (pid)
where
    locktype = 'advisory' and granted and pg_locks.database = (
        select oid from pg_database where datname = current_database()
    )
    and classid = %(classid)s and objid = %(objid)s and objsubid = 2
