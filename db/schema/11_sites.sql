create table app.sites (
    id uuid not null default gen_random_uuid(),
    public_key text not null default replace(gen_random_uuid()::text, '-', ''),
    previous_key text,
    previous_key_until timestamptz,
    name text not null,
    domain text not null,
    country text not null default 'TR',
    time_zone text not null default 'Europe/Istanbul',
    currency text not null default 'TRY',
    allowed_origins text[] not null default '{}',
    consent_mode text not null default 'none',
    events_per_minute integer not null default 600,
    monthly_event_quota bigint,
    assumed_cpc numeric(12, 2) not null default 0,
    default_lead_value numeric(12, 2),
    auto_approve boolean not null default false,
    auto_approve_hours integer not null default 24,
    auto_approve_value numeric(12, 2),
    undo_window interval not null default '10 minutes',
    conversion_name text not null default 'Sealed Lead',
    conversion_time_basis text not null default 'lead',
    conversion_hold interval not null default '6 hours',
    conversion_window_days integer not null default 85,
    adjustment_hold interval not null default '24 hours',
    retention_months integer,
    config jsonb not null default '{}',
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz,
    constraint sites_pkey primary key (id),
    constraint sites_public_key_key unique (public_key),
    constraint sites_public_key_check check (public_key ~ '^[0-9a-f]{32}$'),
    constraint sites_previous_key_key unique (previous_key),
    constraint sites_previous_key_check check (
        previous_key ~ '^[0-9a-f]{32}$' and (previous_key is null) = (previous_key_until is null)
    ),
    constraint sites_name_check check (length(name) between 1 and 200),
    constraint sites_domain_check check (domain ~ '^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$'),
    constraint sites_country_check check (country ~ '^[A-Z]{2}$'),
    constraint sites_currency_check check (currency ~ '^[A-Z]{3}$'),
    constraint sites_consent_mode_check check (consent_mode in ('none', 'required')),
    constraint sites_events_per_minute_check check (events_per_minute between 60 and 1000000),
    constraint sites_monthly_event_quota_check check (monthly_event_quota >= 0),
    -- NaN and Infinity are greater than every number.
    constraint sites_assumed_cpc_check check (assumed_cpc >= 0 and assumed_cpc < 10000000000),
    constraint sites_default_lead_value_check check (default_lead_value >= 0 and default_lead_value < 10000000000),
    constraint sites_auto_approve_hours_check check (auto_approve_hours between 1 and 168),
    constraint sites_auto_approve_value_check check (
        auto_approve_value > 0 and auto_approve_value < 10000000000
    ),
    constraint sites_undo_window_check check (undo_window between interval '0' and interval '1 day'),
    -- A leading = + - @ is a formula to the spreadsheet that opens the export; Google would not know a defused name.
    constraint sites_conversion_name_check check (conversion_name ~ '^[^=+@[:cntrl:]-][^[:cntrl:]]{0,99}$'),
    constraint sites_conversion_time_basis_check check (conversion_time_basis in ('lead', 'seal')),
    constraint sites_conversion_hold_check check (conversion_hold between interval '0' and interval '30 days'),
    constraint sites_adjustment_hold_check check (adjustment_hold between interval '0' and interval '30 days'),
    constraint sites_retention_months_check check (retention_months between 7 and 1200),
    constraint sites_conversion_window_days_check check (conversion_window_days between 1 and 90),
    constraint sites_config_check check (jsonb_typeof(config) = 'object' and length(config::text) <= 16384)
);

comment on table app.sites is 'The tenants: one row per tracked website. Who may do what on it is in app.site_members.';

create trigger sites_10_validate before insert or update on app.sites
for each row execute function app.tg_sites__validate();
create trigger sites_20_touch before update on app.sites
for each row execute function app.tg__touch();
create trigger sites_30_version before update on app.sites
for each row execute function app.tg__version();
-- Visits before the audit chain, as everyone who locks both.
create trigger sites_40_zone after update on app.sites
for each row when (new.time_zone <> old.time_zone)
execute function app.tg_sites__zone();
create trigger sites_50_audit after update on app.sites
for each row execute function access.tg_sites__audit();

comment on column app.sites.id is 'Tenant id: first column of every key below.';
comment on column app.sites.public_key is '32 hex digits, in the script tag: an identifier and no secret.';
comment on column app.sites.previous_key is 'The key before ops.rotate_site_key: script tags in the wild still carry it.';
comment on column app.sites.previous_key_until is 'From then on it is unknown.';
comment on column app.sites.name is 'What people call the site.';
comment on column app.sites.domain is 'Host name. It and its subdomains may send events.';
comment on column app.sites.country is 'ISO 3166 alpha-2: decides how a dialled number is completed.';
comment on column app.sites.time_zone is 'IANA zone: decides where a day begins in every number.';
comment on column app.sites.currency is 'ISO 4217. Fixed after the first sale.';
comment on column app.sites.allowed_origins is 'Further hosts that may send events, each with its subdomains.';
comment on column app.sites.consent_mode is 'none: consent counts as given. required: nothing is kept before a yes.';
comment on column app.sites.events_per_minute is
'Bound per IP prefix (/24, /64). Conversion events have four times as much of their own.';
comment on column app.sites.monthly_event_quota is
'Events a month (of the site''s zone) after which only conversion events are taken in. Null: no '
'bound. Set by admins.';
comment on column app.sites.assumed_cpc is 'What a click costs: budget_saved = junk x assumed_cpc.';
comment on column app.sites.default_lead_value is 'Estimated value of a lead whose keyword has no sale yet.';
comment on column app.sites.auto_approve is 'Whether a job confirms stale cards that look real.';
comment on column app.sites.auto_approve_hours is 'Age at which a card is stale, 1-168.';
comment on column app.sites.auto_approve_value is 'Exported for auto-approved cards. Null: they are not exported.';
comment on column app.sites.undo_window is 'How long the last action on a card can be taken back.';
comment on column app.sites.conversion_name is 'Name of the conversion action at the ad platform.';
comment on column app.sites.conversion_time_basis is
'lead: the time of the tap is exported. seal: the time of sealing.';
comment on column app.sites.conversion_hold is
'How old a click must be before it is offered. Google refuses clicks under 6 hours.';
comment on column app.sites.conversion_window_days is
'Clicks older than this are not offered. Google stops at 90 days.';
comment on column app.sites.adjustment_hold is
'How old a conversion must be before it is corrected. Google refuses corrections under 24 hours.';
comment on column app.sites.retention_months is
'Months of visits that are kept; cards and numbers stay. At least 7: attribution looks 180 days back. Null: as the '
'installation (ops.settings.raw_months), which is also the most.';
comment on column app.sites.config is 'Settings of the frontend (chips: quick choices of its cards; colours). No rule reads them.';
comment on column app.sites.version is 'Raised by every change: a stale write is refused.';
comment on column app.sites.created_at is 'When the site was added.';
comment on column app.sites.updated_at is 'Last change, by trigger.';
comment on column app.sites.deleted_at is 'Archived since. Takes in nothing, shows nothing, can be restored.';
