create function ops.clean_up() returns bigint
language plpgsql
set search_path = ''
as $$
declare
    v_count bigint;
    v_done bigint := 0;
begin
    with gone as (
        delete from ops.bad_rows
        where bad_rows.id in (
            select old.id from ops.bad_rows as old where old.received_at < now() - interval '30 days'
                order by old.id limit 5000
        )
        returning bad_rows.site_id, octet_length(bad_rows.payload) as bytes
    ), per_site as (
        select gone.site_id, sum(gone.bytes) as bytes from gone group by gone.site_id
    )
    update ops.bad_row_usage set bytes = greatest(0, bad_row_usage.bytes - per_site.bytes)
    from per_site where per_site.site_id = bad_row_usage.site_id;
    get diagnostics v_count = row_count;
    v_done := v_done + v_count;
    delete from ops.rate_buckets where rate_buckets.refilled_at < now() - interval '1 hour';
    get diagnostics v_count = row_count;
    v_done := v_done + v_count;
    delete from ops.refusals where refusals.day < (now() at time zone 'UTC')::date - 30;
    get diagnostics v_count = row_count;
    v_done := v_done + v_count;
    delete from ops.job_runs where job_runs.started_at < now() - interval '30 days';
    get diagnostics v_count = row_count;
    v_done := v_done + v_count;
    -- A refresh token lasts 30 days: a log-in unused for longer is over.
    delete from access.logins
    where logins.last_used_at < now() - interval '31 days'
        and not exists (select from access.api_keys where api_keys.login_id = logins.id);
    get diagnostics v_count = row_count;
    v_done := v_done + v_count;
    delete from access.refresh_tokens where refresh_tokens.expires_at < now() - interval '1 day';
    get diagnostics v_count = row_count;
    v_done := v_done + v_count;
    delete from ops.call_reports where call_reports.received_at < now() - interval '90 days';
    get diagnostics v_count = row_count;
    v_done := v_done + v_count;
    delete from access.password_resets where password_resets.expires_at < now() - interval '1 day';
    get diagnostics v_count = row_count;
    v_done := v_done + v_count;
    update ops.mail_outbox set token = null where mail_outbox.token is not null and mail_outbox.expires_at <= now();
    delete from ops.mail_outbox
    where mail_outbox.created_at < now() - interval '30 days'
        or mail_outbox.recipient is null and mail_outbox.created_at < now() - interval '1 minute';
    get diagnostics v_count = row_count;
    return v_done + v_count;
end;
$$;

comment on function ops.clean_up() is
'Job: removes bad rows after 30 days, idle buckets, old counts, old runs, expired refresh tokens. '
'Returns how many rows.';
