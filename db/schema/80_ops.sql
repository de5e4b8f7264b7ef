create table ops.deploys (
    id bigint generated always as identity,
    at timestamptz not null default now(),
    state_checksum text not null,
    code_checksum text not null,
    git_revision text,
    newest_step text,
    deployed_by text not null default session_user,
    constraint deploys_pkey primary key (id)
);

comment on table ops.deploys is 'What was loaded, when, by whom. The newest row is what stands.';
comment on column ops.deploys.id is 'Order of deploys.';
comment on column ops.deploys.at is 'When.';
comment on column ops.deploys.state_checksum is 'sha256 over db/schema and db/partitions.';
comment on column ops.deploys.code_checksum is 'sha256 over functions, rls, rpc and reporting.';
comment on column ops.deploys.git_revision is 'Commit of the source, where known.';
comment on column ops.deploys.newest_step is
'Version of the last migration behind it. A later one in ops.migrations: a deploy was interrupted after it.';
comment on column ops.deploys.deployed_by is 'Database login.';

create table ops.jobs (
    name text not null,
    function text not null,
    every interval not null,
    cron text not null,
    time_limit interval not null,
    is_enabled boolean not null default true,
    repeats boolean not null default false,
    constraint jobs_pkey primary key (name),
    constraint jobs_name_check check (name ~ '^[a-z_]+$'),
    constraint jobs_function_check check (function ~ '^ops\.[a-z_]+$'),
    constraint jobs_time_limit_check check (time_limit > interval '0' and time_limit < every)
);

comment on table ops.jobs is
'The one list of what runs by itself. By pg_cron where it is loaded, else by pyctl jobs run.';
comment on column ops.jobs.name is 'What operators call it.';
comment on column ops.jobs.function is 'Function without arguments that returns how many things it did, a bigint.';
comment on column ops.jobs.every is 'Later than this since the last good run, twice over, is an alarm.';
comment on column ops.jobs.cron is 'The same as a cron line, for pg_cron.';
comment on column ops.jobs.time_limit is 'A longer run is ended and counts as failed.';
comment on column ops.jobs.is_enabled is 'Off: never due, never an alarm.';
comment on column ops.jobs.repeats is
'Works in steps: a run calls the function again, each time in a transaction of its own, until it returns 0 or half '
'the time is over.';

insert into ops.jobs (name, function, every, cron, time_limit) values
('write_health', 'ops.write_health', '1 minute', '* * * * *', '20 seconds'),
('count_usage', 'ops.count_usage', '5 minutes', '3-59/5 * * * *', '4 minutes'),
('upkeep_partitions', 'ops.upkeep_partitions', '1 hour', '17 * * * *', '10 minutes'),
('limit_analysts', 'ops.limit_analysts', '1 minute', '* * * * *', '20 seconds'),
('analyze_grown', 'ops.analyze_grown', '1 minute', '* * * * *', '50 seconds'),
('clean_up', 'ops.clean_up', '1 hour', '41 * * * *', '5 minutes'),
('verify_audits', 'ops.verify_audits', '1 day', '23 2 * * *', '30 minutes'),
('analyze_partitions', 'ops.analyze_partitions', '1 day', '11 4 * * *', '30 minutes');

insert into ops.jobs (name, function, every, cron, time_limit, repeats) values
('offer_conversions', 'ops.offer_conversions', '1 minute', '* * * * *', '50 seconds', true),
('auto_approve', 'ops.auto_approve', '5 minutes', '*/5 * * * *', '2 minutes', true),
('stamp_visits', 'ops.stamp_visits', '1 minute', '* * * * *', '50 seconds', true),
('roll_stats', 'ops.roll_stats', '1 minute', '* * * * *', '50 seconds', true),
('retire_months', 'ops.retire_months', '1 day', '37 3 * * *', '10 minutes', true),
('retain_visits', 'ops.retain_visits', '1 day', '52 3 * * *', '30 minutes', true);

create table ops.job_runs (
    id bigint generated always as identity,
    job text not null,
    started_at timestamptz not null default clock_timestamp(),
    finished_at timestamptz,
    backend_pid integer not null default pg_backend_pid(),
    outcome text not null default 'running',
    done bigint,
    error text,
    constraint job_runs_pkey primary key (id),
    constraint job_runs_job_fkey foreign key (job) references ops.jobs (name) on delete cascade,
    constraint job_runs_outcome_check check (outcome in ('running', 'ok', 'failed')),
    constraint job_runs_finished_check check ((outcome = 'running') = (finished_at is null))
);

comment on table ops.job_runs is 'Each run of each job, 30 days.';

create index job_runs_job_idx on ops.job_runs (job, started_at desc);

comment on column ops.job_runs.id is 'Order of runs.';
comment on column ops.job_runs.job is 'Which.';
comment on column ops.job_runs.started_at is 'Start.';
comment on column ops.job_runs.finished_at is 'End.';
comment on column ops.job_runs.backend_pid is 'Where it ran.';
comment on column ops.job_runs.outcome is 'running, ok or failed.';
comment on column ops.job_runs.done is 'What the function returned.';
comment on column ops.job_runs.error is 'SQLSTATE and message of a failed run.';

create table ops.health (
    only_row boolean not null default true,
    checked_at timestamptz not null,
    status text not null,
    checks jsonb not null,
    constraint health_pkey primary key (only_row),
    constraint health_only_row_check check (only_row),
    constraint health_status_check check (status in ('ok', 'warning', 'failing'))
);

comment on table ops.health is 'One row, written by a job every minute, so that the public answer costs one read.';
comment on column ops.health.only_row is 'Always true.';
comment on column ops.health.checked_at is 'When it was written. Old means: the jobs stand still.';
comment on column ops.health.status is 'The worst of the checks.';
comment on column ops.health.checks is 'Per check: status and what it saw.';

create table ops.bad_rows (
    id bigint generated always as identity,
    site_id uuid not null,
    received_at timestamptz not null default now(),
    reason text not null,
    detail text,
    origin text,
    request_id text,
    payload text not null,
    replayed_at timestamptz,
    constraint bad_rows_pkey primary key (id),
    constraint bad_rows_site_id_fkey foreign key (site_id) references app.sites (id) on delete cascade,
    constraint bad_rows_payload_check check (octet_length(payload) <= 65536)
);

comment on table ops.bad_rows is
'What could not be stored as a row, with its reason, for 30 days. Bounded by ops.bad_row_usage.';

create index bad_rows_site_id_idx on ops.bad_rows (site_id, received_at);
create index bad_rows_received_at_idx on ops.bad_rows (received_at);

comment on column ops.bad_rows.id is 'Order of arrival.';
comment on column ops.bad_rows.site_id is 'The site.';
comment on column ops.bad_rows.received_at is 'When.';
comment on column ops.bad_rows.reason is 'Stable code.';
comment on column ops.bad_rows.detail is 'SQLSTATE or the field at fault.';
comment on column ops.bad_rows.origin is 'Origin header.';
comment on column ops.bad_rows.request_id is 'x-request-id.';
comment on column ops.bad_rows.payload is
'What came: the batch with the event at fault, so that it can be replayed by the same path.';
comment on column ops.bad_rows.replayed_at is 'When it went through after all.';

create table ops.bad_row_usage (
    site_id uuid not null,
    bytes bigint not null default 0,
    constraint bad_row_usage_pkey primary key (site_id),
    constraint bad_row_usage_bytes_check check (bytes >= 0)
);

comment on table ops.bad_row_usage is 'Bytes of bad rows per site: what the caps are held against.';
comment on column ops.bad_row_usage.site_id is 'The site.';
comment on column ops.bad_row_usage.bytes is 'Payload bytes held.';

create table ops.refusals (
    day date not null,
    reason text not null,
    site_id uuid not null,
    shard smallint not null,
    count bigint not null default 1,
    last_at timestamptz not null default now(),
    sample text,
    constraint refusals_pkey primary key (day, site_id, reason, shard),
    constraint refusals_sample_check check (octet_length(sample) <= 1024)
);

comment on table ops.refusals is
'Counts of what was refused and not kept, spread over shards, so that counting serialises nobody.';
comment on column ops.refusals.day is 'UTC.';
comment on column ops.refusals.reason is 'Stable code.';
comment on column ops.refusals.site_id is 'The site, or the nil uuid where it is not known.';
comment on column ops.refusals.shard is '0-7, at random.';
comment on column ops.refusals.count is 'How often.';
comment on column ops.refusals.last_at is 'The last one.';
comment on column ops.refusals.sample is 'The first one, at most 1 kB; only where no site is known.';

create unlogged table ops.rate_buckets (
    key text not null,
    tokens double precision not null,
    refilled_at timestamptz not null,
    constraint rate_buckets_pkey primary key (key)
);

comment on table ops.rate_buckets is 'Token buckets. Unlogged: after a crash everybody starts with a full one.';

-- No index on refilled_at: every request changes it, and would write each index anew.
alter table ops.rate_buckets set (fillfactor = 50);

comment on column ops.rate_buckets.key is 'What is limited: purpose, site or account, IP prefix.';
comment on column ops.rate_buckets.tokens is 'Left at refilled_at.';
comment on column ops.rate_buckets.refilled_at is 'When tokens was computed.';
