-- How exactness is kept: docs/explanation/rollups.md.

create table app.daily_stats (
    site_id uuid not null,
    dimension text not null,
    kind text not null,
    day date not null,
    value text not null,
    is_ads boolean not null,
    sessions integer not null default 0,
    visitors integer not null default 0,
    ads_visitors integer not null default 0,
    events bigint not null default 0,
    page_views bigint not null default 0,
    intents integer not null default 0,
    phone integer not null default 0,
    whatsapp integer not null default 0,
    form integer not null default 0,
    call integer not null default 0,
    pending integer not null default 0,
    sealed integer not null default 0,
    junk integer not null default 0,
    cancelled integer not null default 0,
    revenue numeric(20, 2) not null default 0,
    constraint daily_stats_pkey primary key (site_id, dimension, kind, day, value, is_ads),
    constraint daily_stats_kind_check check (kind in ('visits', 'leads', 'sales')),
    constraint daily_stats_value_check check (length(value) <= 256)
);

comment on table app.daily_stats is
'Sums per day of the site''s zone, kept for ever. A day without rows is empty if it lies before '
'app.stats_progress.rolled_until. Never read a day that has a mark.';
comment on column app.daily_stats.site_id is 'The site.';
comment on column app.daily_stats.dimension is 'total, or what the day is broken down by: app.stats_dimensions().';
comment on column app.daily_stats.kind is
'visits by when a session began, leads by when a card was tapped, sales by when it was sealed.';
comment on column app.daily_stats.day is 'Day of the site''s zone.';
comment on column app.daily_stats.value is 'Value of the dimension, cut at 256 letters. Empty: there is none, or total.';
comment on column app.daily_stats.is_ads is 'Of ads sessions, or of the others.';
comment on column app.daily_stats.sessions is 'visits: sessions without bots.';
comment on column app.daily_stats.visitors is 'visits: sessions that were their visitor''s first of the day.';
comment on column app.daily_stats.ads_visitors is 'visits: ads sessions that were their visitor''s first of the day.';
comment on column app.daily_stats.events is 'visits: events of these sessions.';
comment on column app.daily_stats.page_views is 'visits: page views of these sessions.';
comment on column app.daily_stats.intents is 'leads: cards.';
comment on column app.daily_stats.phone is 'leads: opened by a phone tap.';
comment on column app.daily_stats.whatsapp is 'leads: opened by a WhatsApp tap.';
comment on column app.daily_stats.form is 'leads: opened by a form.';
comment on column app.daily_stats.call is 'leads: reported calls.';
comment on column app.daily_stats.pending is 'leads: not judged.';
comment on column app.daily_stats.sealed is 'leads, sales: sealed.';
comment on column app.daily_stats.junk is 'leads: junk.';
comment on column app.daily_stats.cancelled is 'leads: cancelled.';
comment on column app.daily_stats.revenue is 'leads, sales: amounts of the sealed.';

create table app.hourly_stats (
    site_id uuid not null,
    dimension text not null,
    kind text not null,
    hour timestamptz not null,
    value text not null,
    is_ads boolean not null,
    sessions integer not null default 0,
    visitors integer not null default 0,
    ads_visitors integer not null default 0,
    events bigint not null default 0,
    page_views bigint not null default 0,
    intents integer not null default 0,
    phone integer not null default 0,
    whatsapp integer not null default 0,
    form integer not null default 0,
    call integer not null default 0,
    pending integer not null default 0,
    sealed integer not null default 0,
    junk integer not null default 0,
    cancelled integer not null default 0,
    revenue numeric(20, 2) not null default 0,
    constraint hourly_stats_pkey primary key (site_id, dimension, kind, hour, value, is_ads),
    constraint hourly_stats_kind_check check (kind in ('visits', 'leads', 'sales')),
    constraint hourly_stats_value_check check (length(value) <= 256)
);

comment on table app.hourly_stats is
'Sums per hour, from app.stats_progress.slices_from on per ten minutes. Both are counted from local midnight, so that '
'they make up days in every zone. Totals are kept for ever, dimensions from app.stats_progress.details_from on.';
comment on column app.hourly_stats.site_id is 'The site.';
comment on column app.hourly_stats.dimension is 'As in app.daily_stats.';
comment on column app.hourly_stats.kind is 'As in app.daily_stats.';
comment on column app.hourly_stats.hour is 'When the hour or slice began. The last of a day may be shorter.';
comment on column app.hourly_stats.value is 'As in app.daily_stats.';
comment on column app.hourly_stats.is_ads is 'As in app.daily_stats.';
comment on column app.hourly_stats.sessions is 'As in app.daily_stats.';
comment on column app.hourly_stats.visitors is 'As in app.daily_stats.';
comment on column app.hourly_stats.ads_visitors is 'As in app.daily_stats.';
comment on column app.hourly_stats.events is 'As in app.daily_stats.';
comment on column app.hourly_stats.page_views is 'As in app.daily_stats.';
comment on column app.hourly_stats.intents is 'As in app.daily_stats.';
comment on column app.hourly_stats.phone is 'As in app.daily_stats.';
comment on column app.hourly_stats.whatsapp is 'As in app.daily_stats.';
comment on column app.hourly_stats.form is 'As in app.daily_stats.';
comment on column app.hourly_stats.call is 'As in app.daily_stats.';
comment on column app.hourly_stats.pending is 'As in app.daily_stats.';
comment on column app.hourly_stats.sealed is 'As in app.daily_stats.';
comment on column app.hourly_stats.junk is 'As in app.daily_stats.';
comment on column app.hourly_stats.cancelled is 'As in app.daily_stats.';
comment on column app.hourly_stats.revenue is 'As in app.daily_stats.';

create table app.stats_progress (
    site_id uuid not null,
    time_zone text not null,
    rolled_until timestamptz not null,
    slices_from timestamptz not null,
    next_at timestamptz not null,
    details_from timestamptz not null,
    raw_from timestamptz not null default '-infinity',
    stamped_until timestamptz not null default 'infinity',
    constraint stats_progress_pkey primary key (site_id),
    constraint stats_progress_site_id_fkey foreign key (site_id) references app.sites (id) on delete cascade
);

create index stats_progress_next_at_idx on app.stats_progress (next_at);

comment on table app.stats_progress is 'How far each site is rolled, in order and without gaps.';
comment on column app.stats_progress.site_id is 'The site.';
comment on column app.stats_progress.time_zone is
'Zone of the buckets. While it is not the site''s, no bucket is read and the job begins anew.';
comment on column app.stats_progress.stamped_until is
'The daily flags of visits that began before are by the days of the site''s zone. While it is not infinity, the zone '
'was changed, no bucket nor flag is read, and the job stamp_visits is at work.';
comment on column app.stats_progress.rolled_until is
'End of the last rolled bucket. What lies before and has no mark is right, rows or no rows.';
comment on column app.stats_progress.slices_from is
'From here on buckets are slices of ten minutes, before whole hours. Begins an hour.';
comment on column app.stats_progress.next_at is 'End of the next slice: when the job has something to do.';
comment on column app.stats_progress.details_from is 'From here on the hours have dimensions too.';
comment on column app.stats_progress.raw_from is
'What lies before is of retired months, or of the day in which they end: in the rollups only, which are never made '
'again.';

create table app.stats_marks (
    id bigint generated always as identity,
    site_id uuid not null,
    kind text not null,
    at timestamptz not null,
    constraint stats_marks_pkey primary key (id),
    constraint stats_marks_kind_check check (kind in ('visits', 'leads', 'sales'))
);

create index stats_marks_site_id_at_idx on app.stats_marks (site_id, at);

comment on table app.stats_marks is
'Times whose buckets were written to late, in the writer''s transaction. Only ever added to, so '
'that writers do not wait for each other; the job takes them away.';
comment on column app.stats_marks.id is 'Key.';
comment on column app.stats_marks.site_id is 'The site.';
comment on column app.stats_marks.kind is 'As in app.daily_stats.';
comment on column app.stats_marks.at is 'Time of the session or card, not of the write.';
