create table app.events (
    site_id uuid not null,
    session_id uuid not null,
    id app.event_id not null,
    created_month date not null,
    occurred_at timestamptz not null,
    received_at timestamptz not null default now(),
    category app.event_category not null,
    action app.event_action not null,
    label app.event_label,
    value numeric(14, 2),
    url app.event_url,
    metadata app.event_metadata,
    constraint events_pkey primary key (site_id, session_id, id, created_month)
) partition by range (created_month);

comment on table app.events is
'What happened in a session, in the session''s month. A replay hits the same key: delivered at '
'least once, counted exactly once.';

create index events_received_at_idx on app.events using brin (received_at);

-- Cards are opened from what was really inserted, so a replayed tap can not open a second one. By row: what a statement's
-- rows are kept in, and looked through, costs every batch more than a tap costs the few that have one.
create trigger events_10_open_cards after insert on app.events
for each row when (new.category = 'conversion')
execute function app.tg_events__open_cards();

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
