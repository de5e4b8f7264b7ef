create table app.events (
    site_id uuid not null,
    session_id uuid not null,
    id bigint not null,
    created_month date not null,
    occurred_at timestamptz not null,
    received_at timestamptz not null default now(),
    category text not null,
    action text not null,
    label text,
    value numeric(14, 2),
    url text,
    metadata jsonb,
    constraint events_pkey primary key (site_id, session_id, id, created_month),
    constraint events_id_check check (id between 0 and 9007199254740991),
    constraint events_category_check check (category in ('page', 'interaction', 'conversion', 'system')),
    constraint events_action_check check (length(action) between 1 and 64),
    constraint events_label_check check (length(label) <= 500),
    constraint events_url_check check (length(url) <= 1024),
    constraint events_metadata_check check (length(metadata::text) <= 4096)
) partition by range (created_month);

comment on table app.events is
'What happened in a session, in the session''s month. A replay hits the same key: delivered at '
'least once, counted exactly once.';

create index events_received_at_idx on app.events using brin (received_at);

-- Cards are opened from what was really inserted, so a replayed tap can not open a second one.
create trigger events_10_open_cards after insert on app.events
referencing new table as inserted
for each statement execute function app.tg_events__open_cards();

comment on column app.events.site_id is 'The site.';
comment on column app.events.session_id is
'The session. No foreign key: it costs 3x on batches and blocks retiring months.';
comment on column app.events.id is 'Random 53-bit number of the browser.';
comment on column app.events.created_month is 'Month of the session, not of the event: the partition.';
comment on column app.events.occurred_at is 'Server''s now minus the age the client stated, clamped to 0-7 days.';
comment on column app.events.received_at is 'When it arrived.';
comment on column app.events.category is 'page, interaction, conversion or system.';
comment on column app.events.action is
'page_view, scroll, hover_contact, phone_call, whatsapp, form_submit, heartbeat, session_end, or '
'the page''s own.';
comment on column app.events.label is 'Link or form for conversions, else free.';
comment on column app.events.value is 'Percent for scroll, milliseconds for session_end, else free.';
comment on column app.events.url is 'Path and allow-listed query keys.';
comment on column app.events.metadata is 'The page''s own facts, at most 4 kB.';
