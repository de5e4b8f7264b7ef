create function ops.checks() returns table (name text, status text, detail jsonb)
language sql
stable
set search_path = ''
as $$
    select 'database', 'ok', jsonb_build_object(
        'version', current_setting('server_version'),
        'connections', (select count(*) from pg_catalog.pg_stat_activity where datname = current_database())
    )
    union all
    select
        'partitions',
        case when bool_or(parent.default_rows or parent.runway < 1 or parent.open_children > 0) then 'failing'
            when min(parent.runway) < 2 then 'warning' else 'ok' end,
        jsonb_object_agg(parent.name, jsonb_build_object(
            'months_ahead', parent.runway, 'default_has_rows', parent.default_rows, 'children_without_rls',
                parent.open_children
        ))
    from ops.partition_runway() as parent
    union all
    select
        'jobs',
        case when bool_or(job.is_late) then 'failing' when bool_or(job.last_outcome = 'failed')
            then 'warning' else 'ok' end,
        coalesce(jsonb_object_agg(job.name, case when job.is_late then 'late' else job.last_outcome end)
            filter (where job.is_late or job.last_outcome = 'failed'), '{}')
    from ops.job_state() as job
    union all
    -- Links in mails are good for an hour to a week; who waits for one has been waiting for a quarter of an hour.
    select
        'mail',
        case when mail.waiting > 0 then 'warning' else 'ok' end,
        jsonb_build_object('late', mail.waiting, 'oldest', mail.oldest)
    from (
        select count(*) as waiting, min(mail_outbox.created_at) as oldest
        from ops.mail_outbox
        where mail_outbox.sent_at is null and mail_outbox.recipient is not null and mail_outbox.expires_at > now()
            and mail_outbox.created_at < now() - interval '15 minutes'
    ) as mail
    union all
    -- Whoever logs in at an issuer whose keys have changed is refused until they are read again.
    select
        'issuer',
        case when bool_or(issuers.updated_at < now() - interval '1 hour') then 'warning' else 'ok' end,
        coalesce(jsonb_object_agg(issuers.iss, jsonb_build_object(
            'keys_read_at', issuers.updated_at, 'last_error', issuers.last_error
        )), '{}')
    from access.issuers
    where issuers.keys_url is not null
    union all
    select
        'rollups',
        case when rollup.behind > interval '2 hours' or rollup.unknown > 0 or rollup.marks > 100000
            then 'warning' else 'ok' end,
        jsonb_build_object(
            'minutes_behind', (extract(epoch from rollup.behind) / 60)::integer,
            'sites_not_begun', rollup.unknown, 'late_writes_waiting', rollup.marks,
            'zones_being_changed', rollup.unstamped, 'furthest_behind', rollup.last_site
        )
    from (
        select
            -- A slice is rolled twenty minutes after it closed.
            greatest(now() - min(progress.next_at) - interval '20 minutes', interval '0') as behind,
            count(*) filter (
                where progress.site_id is null and sites.created_at < now() - interval '1 hour'
            ) as unknown,
            count(*) filter (where progress.stamped_until < 'infinity') as unstamped,
            (
                select last.site_id from app.stats_progress as last
                where last.next_at < now() - interval '90 minutes'
                order by last.next_at limit 1
            ) as last_site,
            (select count(*) from (select from app.stats_marks limit 1000000) as mark) as marks
        from app.sites
        left join app.stats_progress as progress on progress.site_id = sites.id
    ) as rollup
    union all
    select
        'ingest',
        case
            when trouble.broken > 100 then 'failing'
            when trouble.broken > 0 or trouble.refused > 0 then 'warning'
            else 'ok'
        end,
        jsonb_build_object(
            'internal_errors_last_hour', trouble.broken,
            'events_last_5_minutes', (
                select count(*) from app.events
                where events.received_at > now() - interval '5 minutes'
                    and events.created_month >= (date_trunc('month',
                        now() at time zone 'UTC') - interval '1 month')::date
            ),
            'refused_today', (
                select coalesce(jsonb_object_agg(reason.reason, reason.count), '{}')
                from (
                    select refusals.reason, sum(refusals.count) as count from ops.refusals
                    where refusals.day = (now() at time zone 'UTC')::date
                    group by refusals.reason
                ) as reason
            )
        )
    from (
        select
            (
                select count(*) from ops.bad_rows
                where bad_rows.reason = 'internal_error' and bad_rows.received_at > now() - interval '1 hour'
                    and bad_rows.replayed_at is null
            ) as broken,
            (
                select count(*) from ops.refusals
                where refusals.reason in ('internal_error', 'bad_row_cap')
                    and refusals.last_at > now() - interval '10 minutes'
            ) as refused
    ) as trouble
    union all
    select
        'bad_rows',
        case when usage.bytes > 0.9 * 1073741824 then 'failing' when recent.count > 100
            or usage.bytes > 0.5 * 1073741824 then 'warning'
            else 'ok' end,
        jsonb_build_object('last_hour', recent.count, 'bytes', usage.bytes)
    from (
        select count(*) as count from ops.bad_rows where bad_rows.received_at > now() - interval '1 hour'
            and bad_rows.replayed_at is null
    ) as recent
    cross join (
        select coalesce(sum(bad_row_usage.bytes), 0) as bytes from ops.bad_row_usage
    ) as usage
    union all
    select
        'quotas',
        case when count(*) > 0 then 'warning' else 'ok' end,
        jsonb_build_object(
            'exceeded', count(*) filter (where past.state = 'exceeded'),
            'warning', count(*) filter (where past.state = 'warning')
        )
    from (
        select app.usage_state(site_usage.events, sites.monthly_event_quota) as state
        from app.sites
        join ops.site_usage on site_usage.site_id = sites.id
            and site_usage.month = (date_trunc('month', now() at time zone sites.time_zone))::date
        where sites.deleted_at is null and sites.monthly_event_quota is not null
    ) as past
    where past.state <> 'ok';
$$;

comment on function ops.checks() is
'What health is made of: database, partitions, jobs, mail, issuer, rollups, ingest, bad rows, quotas; each ok, warning '
'or failing, and what it saw.';
