create function api.health(out status text, out checked_at timestamptz, out checks jsonb) returns record
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
    select latest.status, latest.checked_at, latest.checks into status, checked_at, checks from ops.health as latest;
    -- The row is written every minute: an old one means that nothing runs by itself any more.
    if checked_at is null or checked_at < now() - interval '3 minutes' then
        status := 'stale';
    end if;
    if status in ('failing', 'stale') then
        -- Not 503: PostgREST 12 takes that for a lost database and reloads everything, at each such answer.
        perform access.refuse(500, '[{"Cache-Control": "no-store"}]');
    end if;
    if not (coalesce(access.claims() ->> 'role' = 'monitor', false) or access.is_admin()) then
        checks := null;
    end if;
end;
$$;

comment on function api.health() is
$$How the installation is: ok, warning, failing, or stale when no job has looked for three minutes. One row is
read: no lever for load.

200 for ok and warning, 500 else. checks (database, partitions, jobs, mail, issuer, rollups, ingest, bad_rows, quotas)
only for monitor and admins.$$;

grant execute on function api.health() to anon, authenticated, service_role, monitor;
