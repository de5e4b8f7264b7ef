create function ops.limit_analysts() returns bigint
language sql
volatile
set search_path = ''
as $$
    -- Materialized: the ending must come after the choosing, not be one more filter of it.
    with long as materialized (
        select
            backend.pid,
            -- A statement may catch being cancelled, and a session that does nothing has none.
            backend.state <> 'active' or backend.xact_start < clock_timestamp() - 2 * settings.analyst_limit as is_over
        from pg_catalog.pg_stat_activity as backend
        cross join ops.settings
        where backend.datname = current_database() and backend.pid <> pg_backend_pid()
            and backend.xact_start < clock_timestamp() - settings.analyst_limit
            and backend.usesysid in (
                select pg_auth_members.member from pg_catalog.pg_auth_members
                where pg_auth_members.roleid = 'analyst'::regrole
            )
    )
    select count(*) filter (
        where case when long.is_over then pg_terminate_backend(long.pid) else pg_cancel_backend(long.pid) end
    )
    from long;
$$;

comment on function ops.limit_analysts() is
'Job: cancels analysts'' statements whose transaction is older than ops.settings.analyst_limit; ends their sessions '
'where that did not help. Returns how many.';
