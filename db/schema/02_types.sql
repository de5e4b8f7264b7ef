-- The answer of every function that shows a card, so that a list and a write agree on its shape.
create type app.card as (
    id uuid,
    site_id uuid,
    session_id uuid,
    visitor_id text,
    status text,
    version integer,
    source text,
    intent_action text,
    intent_target text,
    reference text,
    caller_phone text,
    tapped_at timestamptz,
    received_at timestamptz,
    last_tap_at timestamptz,
    last_action text,
    last_target text,
    phone_clicks integer,
    whatsapp_clicks integer,
    form_submits integer,
    suspicious boolean,
    is_ads boolean,
    click_id_type text,
    click_id text,
    clicked_at timestamptz,
    attribution text,
    utm_source text,
    utm_medium text,
    utm_campaign text,
    keyword text,
    matchtype text,
    network text,
    entry_page text,
    referrer_host text,
    device_type text,
    device_os text,
    city text,
    district text,
    marketing_consent boolean,
    session_seconds integer,
    session_events integer,
    session_page_views integer,
    lead_score integer,
    score_breakdown jsonb,
    risk text,
    risk_reasons text[],
    estimated_value numeric,
    sale_amount numeric,
    currency text,
    note text,
    sealed_at timestamptz,
    sealed_by uuid,
    sealed_by_name text,
    judged_action text,
    judged_at timestamptz,
    judged_by uuid,
    judged_by_name text,
    oci_status text,
    oci_reason text,
    oci_held_until timestamptz,
    updated_at timestamptz,
    deleted_at timestamptz,
    cursor text,
    total bigint,
    conflict text,
    conflict_call_id uuid
);

alter type app.card owner to app_owner;

comment on type app.card is
'A lead card. session_*: the visit as it stands now, null where its month is retired. cursor: pass it to '
'recent_intents for what is older or newer. total: only where recent_intents was asked for it. conflict: why a '
'write answered 409; the rest is then the current row.';

-- The answer of every function that shows a visit.
create type app.visit as (
    id uuid,
    site_id uuid,
    visitor_id text,
    created_at timestamptz,
    first_event_at timestamptz,
    last_event_at timestamptz,
    session_seconds integer,
    is_ads boolean,
    is_bot boolean,
    attribution text,
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
    keyword text,
    utm_content text,
    matchtype text,
    network text,
    placement text,
    device_param text,
    page_host text,
    entry_page text,
    exit_page text,
    referrer_host text,
    device_type text,
    device_os text,
    screen_width integer,
    country text,
    city text,
    district text,
    analytics_consent boolean,
    marketing_consent boolean,
    marketing_withdrawn_at timestamptz,
    session_events integer,
    session_page_views integer,
    session_taps integer,
    session_score integer,
    signals text[],
    script_version text,
    intents bigint,
    sealed bigint,
    sale_amount numeric,
    cursor text
);

alter type app.visit owner to app_owner;

comment on type app.visit is
'A visit. session_seconds: from its first to its latest event. session_score: as it stands now; a card''s lead_score '
'is frozen. intents, sealed, sale_amount: of the cards it opened. cursor: pass it to visitor_sessions for what is '
'older.';

create type app.timeline_event as (
    id bigint,
    occurred_at timestamptz,
    category text,
    action text,
    label text,
    value numeric,
    url text,
    metadata jsonb,
    cursor text
);

alter type app.timeline_event owner to app_owner;

comment on type app.timeline_event is
'What happened in a visit. id: the browser''s own number, once per visit. cursor: pass it to session_timeline for what '
'came after.';

create type app.activity_entry as (
    seq bigint,
    at timestamptz,
    actor_id uuid,
    actor_name text,
    action text,
    object_type text,
    object_id uuid,
    object_name text,
    before jsonb,
    after jsonb,
    reason text,
    cursor text
);

alter type app.activity_entry owner to app_owner;

comment on type app.activity_entry is
'An entry of a site''s audit log. seq: its number there. reason: why an admin did it. '
'cursor: pass it to activity for what is older.';

create type app.sale as (
    cards bigint,
    amount numeric,
    is_consent_denied boolean,
    call_id uuid,
    click_id_type text,
    click_id text,
    clicked_at timestamptz,
    tapped_at timestamptz,
    sealed_at timestamptz,
    last_sealed_at timestamptz,
    is_consent_given boolean
);

alter type app.sale owner to app_owner;

comment on type app.sale is 'What a session sold: the sum over its confirmed cards, identifier and times of the first.';

create type app.parsed_event as (
    id bigint,
    occurred_at timestamptz,
    category text,
    action text,
    label text,
    value numeric,
    url text,
    metadata jsonb,
    reason text,
    raw jsonb
);

alter type app.parsed_event owner to app_owner;

comment on type app.parsed_event is
'An event of a batch, cast on its own. reason: why it can not be stored; then only raw stands.';

create type app.ingest_answer as (
    http_status integer,
    score integer,
    status text,
    accepted integer,
    duplicates integer,
    rejected integer,
    retry_after integer
);

alter type app.ingest_answer owner to app_owner;

comment on type app.ingest_answer is 'What api.sync answers, and its HTTP status.';

create type app.site_settings as (
    id uuid,
    name text,
    domain text,
    public_key text,
    country text,
    time_zone text,
    currency text,
    allowed_origins text[],
    consent_mode text,
    events_per_minute integer,
    monthly_event_quota bigint,
    assumed_cpc numeric,
    default_lead_value numeric,
    auto_approve boolean,
    auto_approve_hours integer,
    auto_approve_value numeric,
    undo_window interval,
    conversion_name text,
    conversion_time_basis text,
    conversion_hold interval,
    conversion_window_days integer,
    adjustment_hold interval,
    retention_months integer,
    config jsonb,
    version integer,
    created_at timestamptz,
    updated_at timestamptz,
    archived_at timestamptz,
    conflict text
);

alter type app.site_settings owner to app_owner;

comment on type app.site_settings is
'All of a site that its owner can see and change. conflict: why a write answered 409; the rest is '
'then the current row.';

create type app.person as (
    visitor_ids text[],
    phones text[],
    session_ids uuid[],
    call_ids uuid[],
    subject_ids uuid[]
);

alter type app.person owner to app_owner;

comment on type app.person is 'What a site holds of a person: identifiers, visits, cards.';

-- Domains of the columns that ingest writes: see app.sessions.
create domain app.visitor_id as text
constraint visitor_id_check check (length(value) between 1 and 64);
create domain app.host_name as text
constraint host_name_check check (length(value) <= 255);
create domain app.attribution_kind as text
constraint attribution_kind_check check (
    value in (
        'First Click (Paid)', 'Paid (UTM)', 'Ads Assisted', 'Paid Social', 'Social', 'Organic', 'Referral', 'Direct'
    )
);
create domain app.device_kind as text
constraint device_kind_check check (value in ('mobile', 'tablet', 'desktop', 'unknown'));
create domain app.counter as integer
constraint counter_check check (value >= 0);
create domain app.lead_score as integer
constraint lead_score_check check (value between 0 and 100);
create domain app.event_id as bigint
constraint event_id_check check (value between 0 and 9007199254740991);
create domain app.event_category as text
constraint event_category_check check (value in ('page', 'interaction', 'conversion', 'system'));
create domain app.event_action as text
constraint event_action_check check (length(value) between 1 and 64);
create domain app.event_label as text
constraint event_label_check check (length(value) <= 500);
create domain app.event_url as text
constraint event_url_check check (length(value) <= 1024);
create domain app.event_metadata as jsonb
constraint event_metadata_check check (length(value::text) <= 4096);

alter domain app.visitor_id owner to app_owner;
alter domain app.host_name owner to app_owner;
alter domain app.attribution_kind owner to app_owner;
alter domain app.device_kind owner to app_owner;
alter domain app.counter owner to app_owner;
alter domain app.lead_score owner to app_owner;
alter domain app.event_id owner to app_owner;
alter domain app.event_category owner to app_owner;
alter domain app.event_action owner to app_owner;
alter domain app.event_label owner to app_owner;
alter domain app.event_url owner to app_owner;
alter domain app.event_metadata owner to app_owner;

comment on domain app.visitor_id is 'Random first-party id of a browser.';
comment on domain app.host_name is 'A host, lower case.';
comment on domain app.attribution_kind is 'DOMAIN, Attribution.';
comment on domain app.device_kind is 'What kind of device a visit came from.';
comment on domain app.counter is 'How many of something there were.';
comment on domain app.lead_score is 'app.score(), 0-100.';
comment on domain app.event_id is 'Random 53-bit number of the browser.';
comment on domain app.event_category is 'page, interaction, conversion or system.';
comment on domain app.event_action is 'What happened, in the words of docs/reference/sync.md or the page''s own.';
comment on domain app.event_label is 'Link or form for conversions, else free.';
comment on domain app.event_url is 'Path and allow-listed query keys.';
comment on domain app.event_metadata is 'The page''s own facts, at most 4 kB as text.';
