-- Whose snapshot may be older than that transaction: they would not see what it has committed.
select
    pid,
    coalesce(usename, backend_type) as who,
    coalesce(nullif(application_name, ''), 'unnamed') as application_name,
    date_trunc('second', clock_timestamp() - xact_start)::text as since
from pg_stat_activity
where
    datname = current_database()
    and pid <> pg_backend_pid()
    and backend_type not in ('autovacuum worker', 'walsender')
    and age(backend_xmin) > age(%(xid)s::xid8::xid)
order by xact_start
