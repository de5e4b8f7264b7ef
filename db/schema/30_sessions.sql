create table app.sessions (
    site_id uuid not null,
    id uuid not null,
    created_month date not null,
    created_at timestamptz not null,
    received_at timestamptz not null default now(),
    first_event_at timestamptz not null,
    last_event_at timestamptz not null,
    visitor_id app.visitor_id,
    is_ads boolean not null default false,
    is_bot boolean not null default false,
    first_of_day boolean not null default false,
    first_ads_of_day boolean not null default false,
    page_host app.host_name,
    entry_page text,
    exit_page text,
    referrer_host text,
    gclid text,
    wbraid text,
    gbraid text,
    msclkid text,
    fbclid text,
    ttclid text,
    clicked_at timestamptz,
    utm_source text,
    utm_medium text,
    utm_campaign text,
    utm_term text,
    utm_content text,
    matchtype text,
    network text,
    placement text,
    device_param text,
    attribution app.attribution_kind not null default 'Direct',
    device_type app.device_kind not null default 'unknown',
    device_os text not null default 'unknown',
    screen_width integer,
    country text,
    city text,
    district text,
    ip_prefix cidr,
    analytics_consent boolean,
    marketing_consent boolean,
    marketing_withdrawn_at timestamptz,
    event_count app.counter not null default 0,
    page_views app.counter not null default 0,
    conversion_count app.counter not null default 0,
    signals text[] not null default '{}',
    score app.lead_score not null default 0,
    script_version text,
    erased_at timestamptz,
    said_hash bigint,
    constraint sessions_pkey primary key (site_id, id, created_month),
    constraint sessions_created_month_check check (
        created_month = (date_trunc('month', created_at at time zone 'UTC'))::date
    )
) partition by range (created_month);

-- Updated by each batch: what one column must be is its domain's. A table's checks are read from the catalogue and prepared
-- anew by each statement, also for columns that it leaves alone (docs/explanation/performance.md).
comment on table app.sessions is
'One row per visit. An id exists once per site over all months; api.sync keeps that under a lock.';

-- Partial, though the first holds every row: so a look-up by id can only take the key. In a month without statistics all
-- indexes cost the same and the newest is taken, and the plan of its first row is kept until somebody analyzes.
create index sessions_site_id_created_at_idx on app.sessions (site_id, created_at) where created_at is not null;
create index sessions_site_id_visitor_id_idx on app.sessions (site_id, visitor_id, created_at)
where visitor_id is not null;

-- A later write into an hour that may be rolled already marks it. Young sessions pay one comparison, and a short one: a
-- condition is read from the catalogue and prepared anew by each statement.
create trigger sessions_10_mark_inserted after insert on app.sessions
for each row when (new.created_at < clock_timestamp() - interval '15 minutes')
execute function app.tg_sessions__mark();
create trigger sessions_20_mark_updated after update on app.sessions
for each row when (least(new.created_at, old.created_at) < clock_timestamp() - interval '15 minutes')
execute function app.tg_sessions__mark();
create trigger sessions_30_mark_deleted after delete on app.sessions
for each row when (old.created_at < clock_timestamp() - interval '15 minutes')
execute function app.tg_sessions__mark();

comment on column app.sessions.site_id is 'The site.';
comment on column app.sessions.id is 'Chosen by the browser.';
comment on column app.sessions.created_month is 'First day of created_at''s month, UTC: the partition.';
comment on column app.sessions.created_at is 'When the visit began: time of its first event as first reported.';
comment on column app.sessions.received_at is 'When the first batch arrived.';
comment on column app.sessions.first_event_at is 'Earliest event so far, server-derived.';
comment on column app.sessions.last_event_at is
'Latest event so far. Duration is last - first, never the client''s claim.';
comment on column app.sessions.visitor_id is 'Random first-party id of the browser. Null without consent.';
comment on column app.sessions.is_ads is 'From a paid click: app.is_ads over click ids and medium.';
comment on column app.sessions.is_bot is 'The user agent of the first batch looked like a machine. Counted nowhere.';
comment on column app.sessions.first_of_day is
'This visitor''s earliest visit (created_at, id) of that day in the site''s zone: summing from midnight gives daily '
'visitors.';
comment on column app.sessions.first_ads_of_day is 'This visitor''s earliest ads visit of that day.';
comment on column app.sessions.page_host is 'Host of the first page, lower case: where the script really stands.';
comment on column app.sessions.entry_page is 'First page, path and allow-listed keys only.';
comment on column app.sessions.exit_page is 'Page of the latest event.';
comment on column app.sessions.referrer_host is 'Host of the referrer, lower case.';
comment on column app.sessions.gclid is 'Google click id.';
comment on column app.sessions.wbraid is 'Google click id of iOS web-to-app.';
comment on column app.sessions.gbraid is 'Google click id of iOS app-to-web.';
comment on column app.sessions.msclkid is 'Microsoft click id.';
comment on column app.sessions.fbclid is 'Meta click id.';
comment on column app.sessions.ttclid is 'TikTok click id.';
comment on column app.sessions.clicked_at is 'When the first click id was seen: stands for the time of the click.';
comment on column app.sessions.utm_source is 'First touch, fill-only.';
comment on column app.sessions.utm_medium is 'First touch, fill-only; lower case.';
comment on column app.sessions.utm_campaign is 'First touch, fill-only.';
comment on column app.sessions.utm_term is 'The keyword. First touch, fill-only.';
comment on column app.sessions.utm_content is 'First touch, fill-only.';
comment on column app.sessions.matchtype is 'e exact, p phrase, b broad.';
comment on column app.sessions.network is 'Ad network as the platform names it.';
comment on column app.sessions.placement is 'Where the ad stood.';
comment on column app.sessions.device_param is 'Device as the platform names it.';
comment on column app.sessions.attribution is
'DOMAIN, Attribution. Lifted once when a click id or paid medium comes later, never downgraded.';
comment on column app.sessions.device_type is 'From client hints, else from the user agent.';
comment on column app.sessions.device_os is 'From client hints, else from the user agent.';
comment on column app.sessions.screen_width is 'CSS pixels.';
comment on column app.sessions.country is 'From the proxy''s geo header only.';
comment on column app.sessions.city is 'From the proxy''s geo header only.';
comment on column app.sessions.district is 'From the proxy''s geo header only.';
comment on column app.sessions.ip_prefix is '/24 or /48. The whole address is never stored.';
comment on column app.sessions.analytics_consent is 'Null: the site does not ask.';
comment on column app.sessions.marketing_consent is 'Null: the site does not ask. False stops every export.';
comment on column app.sessions.marketing_withdrawn_at is 'When a yes became a no.';
comment on column app.sessions.event_count is 'Events without heartbeats and session ends.';
comment on column app.sessions.page_views is 'Page views.';
comment on column app.sessions.conversion_count is 'Taps and forms.';
comment on column app.sessions.signals is 'Distinct signals that make the score.';
comment on column app.sessions.score is 'app.score(signals), 0-100.';
comment on column app.sessions.erased_at is 'Made anonymous since: nothing more of its visitor is filled in.';
comment on column app.sessions.script_version is 'Version of core.js.';
comment on column app.sessions.said_hash is
'Of what the last batch said about its visit: the next one that says just the same has nothing to fill.';
