create function ops.writers_from() returns timestamptz
language sql
stable
set search_path = ''
as $$
    -- Whoever has written, holds a number. Prepared ones have no beginning any more.
    select least(
        clock_timestamp(),
        (
            select min(backend.xact_start) from pg_catalog.pg_stat_activity as backend
            where backend.datname = current_database() and backend.backend_xid is not null
                and backend.pid <> pg_backend_pid()
        ),
        (
            select min(prepared.prepared) - interval '15 minutes' from pg_catalog.pg_prepared_xacts as prepared
            where prepared.database = current_database()
        )
    );
$$;

comment on function ops.writers_from() is
'Since when the oldest transaction that has written and not ended runs. Needs a login that may see '
'others'' transactions: a superuser, or a member of pg_read_all_stats.';
