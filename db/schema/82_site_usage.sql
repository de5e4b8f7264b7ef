create table ops.site_usage (
    site_id uuid not null,
    month date not null,
    events bigint not null,
    counted_at timestamptz not null default now(),
    constraint site_usage_pkey primary key (site_id, month),
    constraint site_usage_site_id_fkey foreign key (site_id) references app.sites (id) on delete cascade,
    constraint site_usage_month_check check (extract(day from month) = 1),
    constraint site_usage_events_check check (events >= 0)
);

comment on table ops.site_usage is
'What each site took in per month, counted by a job: ingest holds the quota against it without '
'touching a row of the site.';
comment on column ops.site_usage.site_id is 'The site.';
comment on column ops.site_usage.month is 'First day of a month of the site''s zone.';
comment on column ops.site_usage.events is 'Events of the visits that began in it; heartbeats and bots not counted.';
comment on column ops.site_usage.counted_at is 'When.';
