create function ops.write_health() returns bigint
language sql
volatile
set search_path = ''
as $$
    -- The checks read events before sessions; who makes new months takes them in ingest's order.
    lock table app.sessions in access share mode;
    select ops.cancel_overdue_jobs();
    insert into ops.health (checked_at, status, checks)
    select
        now(),
        case when bool_or(checks.status = 'failing') then 'failing' when bool_or(checks.status = 'warning')
            then 'warning' else 'ok' end,
        jsonb_object_agg(checks.name, jsonb_build_object('status', checks.status, 'detail', checks.detail))
    from ops.checks() as checks
    on conflict on constraint health_pkey do update set
        checked_at = excluded.checked_at, status = excluded.status, checks = excluded.checks
    returning 1::bigint;
$$;

comment on function ops.write_health() is 'Job: ends overdue runs, runs the checks and writes the one row that api.health reads.';
