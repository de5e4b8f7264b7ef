create table app.call_transitions (
    action text not null,
    from_status text not null,
    to_status text not null,
    constraint call_transitions_pkey primary key (action, from_status, to_status)
);

comment on table app.call_transitions is 'The status machine of calls: the one list of allowed steps.';
comment on column app.call_transitions.action is 'seal, junk, restore, cancel, undo, auto_approve.';
comment on column app.call_transitions.from_status is 'Status before.';
comment on column app.call_transitions.to_status is 'Status after.';

insert into app.call_transitions (action, from_status, to_status) values
('seal', 'intent', 'confirmed'),
('auto_approve', 'intent', 'confirmed'),
('junk', 'intent', 'junk'),
('cancel', 'confirmed', 'cancelled'),
('restore', 'junk', 'intent'),
('restore', 'cancelled', 'intent'),
('undo', 'confirmed', 'intent'),
('undo', 'junk', 'intent'),
('undo', 'cancelled', 'confirmed'),
('undo', 'intent', 'cancelled'),
('undo', 'intent', 'junk');

create table app.calls (
    site_id uuid not null,
    id uuid not null default gen_random_uuid(),
    session_id uuid,
    session_month date,
    visitor_id text,
    source text not null default 'click',
    status text not null default 'intent',
    intent_action text not null,
    intent_target text,
    intent_stamp text not null,
    reference text,
    caller_phone text,
    tapped_at timestamptz not null,
    received_at timestamptz not null default now(),
    last_tap_at timestamptz not null,
    last_action text not null,
    last_target text,
    phone_clicks integer not null default 0,
    whatsapp_clicks integer not null default 0,
    form_submits integer not null default 0,
    suspicious boolean not null default false,
    is_ads boolean not null default false,
    click_id_type text,
    click_id text,
    clicked_at timestamptz,
    attribution text,
    utm_source text,
    utm_medium text,
    utm_campaign text,
    utm_term text,
    matchtype text,
    network text,
    entry_page text,
    referrer_host text,
    device_type text,
    device_os text,
    city text,
    district text,
    marketing_consent boolean,
    lead_score integer not null default 0,
    score_breakdown jsonb not null default '{}',
    risk text not null default 'low',
    risk_reasons text[] not null default '{}',
    estimated_value numeric(12, 2),
    sale_amount numeric(12, 2),
    currency text not null,
    note text,
    sealed_at timestamptz,
    sealed_by uuid,
    judged_action text,
    judged_at timestamptz,
    judged_by uuid,
    undo_state jsonb,
    oci_status text,
    oci_reason text,
    oci_held_until timestamptz,
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz,
    erased_at timestamptz,
    constraint calls_pkey primary key (site_id, id),
    constraint calls_id_key unique (id),
    constraint calls_intent_stamp_key unique (site_id, intent_stamp),
    constraint calls_site_id_fkey foreign key (site_id) references app.sites (id) on delete restrict,
    constraint calls_sealed_by_fkey foreign key (sealed_by) references app.profiles (id) on delete set null,
    constraint calls_judged_by_fkey foreign key (judged_by) references app.profiles (id) on delete set null,
    constraint calls_source_check check (source in ('click', 'form', 'api', 'manual')),
    constraint calls_status_check check (status in ('intent', 'confirmed', 'junk', 'cancelled')),
    constraint calls_intent_action_check check (intent_action in ('phone', 'whatsapp', 'form', 'call')),
    constraint calls_last_action_check check (last_action in ('phone', 'whatsapp', 'form', 'call')),
    constraint calls_click_id_type_check check (
        click_id_type in ('gclid', 'gbraid', 'wbraid', 'msclkid', 'fbclid', 'ttclid')
    ),
    constraint calls_click_id_check check ((click_id is null) = (click_id_type is null)),
    constraint calls_session_check check ((session_id is null) = (session_month is null)),
    constraint calls_reference_check check (reference ~ '^[0-9A-Z]{4,12}$'),
    constraint calls_lead_score_check check (lead_score between 0 and 100),
    constraint calls_risk_check check (risk in ('low', 'high')),
    constraint calls_judged_action_check check (
        judged_action in ('seal', 'amend', 'junk', 'restore', 'cancel', 'undo', 'auto_approve')
    ),
    -- NaN and Infinity are greater than every number.
    constraint calls_sale_amount_check check (sale_amount >= 0 and sale_amount < 10000000000),
    constraint calls_currency_check check (currency ~ '^[A-Z]{3}$'),
    constraint calls_note_check check (length(note) <= 2000),
    constraint calls_caller_phone_check check (caller_phone ~ '^\+[0-9]{6,15}$'),
    constraint calls_oci_status_check check (
        oci_status in ('held', 'offered', 'accepted', 'rejected', 'suppressed')
    ),
    constraint calls_sealed_check check (status <> 'confirmed' or sealed_at is not null)
);

comment on table app.calls is 'The lead inbox: one row per intent, judged by an operator. Not partitioned.';

-- One open card per person. api.sync's upsert repeats this predicate word by word.
create unique index calls_open_key on app.calls (site_id, session_id) where status = 'intent' and deleted_at is null;
create index calls_inbox_idx on app.calls (site_id, received_at desc, id desc) where deleted_at is null;
-- One status of an inbox of 100,000 cards is a range too.
create index calls_status_idx on app.calls (site_id, status, received_at desc, id desc) where deleted_at is null;
create index calls_deleted_idx on app.calls (site_id, received_at desc, id desc) where deleted_at is not null;
-- What pulse asks; deleted cards are changes too.
create index calls_updated_at_idx on app.calls (site_id, updated_at);
-- What queue_stats and oci_status count, without a look at the cards.
create index calls_tapped_at_idx on app.calls (site_id, tapped_at) include (is_ads, status, oci_status, deleted_at);
create index calls_sealed_at_idx on app.calls (site_id, sealed_at)
include (status, oci_status, oci_reason, sale_amount, deleted_at);
create index calls_auto_approved_idx on app.calls (site_id, tapped_at) include (is_ads)
where status = 'confirmed' and deleted_at is null and score_breakdown ->> 'qualified_by' = 'auto';
create index calls_session_id_idx on app.calls (site_id, session_id);
create index calls_visitor_id_idx on app.calls (site_id, visitor_id);
create index calls_reference_idx on app.calls (site_id, reference) where reference is not null;
create index calls_utm_term_idx on app.calls (site_id, utm_term, sealed_at desc) where status = 'confirmed';
create index calls_sealed_by_idx on app.calls (sealed_by);
create index calls_judged_by_idx on app.calls (judged_by);

create trigger calls_10_judge before update on app.calls
for each row execute function access.tg_calls__judge();
create trigger calls_20_touch before update on app.calls
for each row execute function app.tg__touch();
create trigger calls_30_audit after update on app.calls
for each row when (new.version is distinct from old.version)
execute function access.tg_calls__audit();
-- Not "update of": what calls_10_judge changes would not fire it.
create trigger calls_40_conversion after update on app.calls
for each row when (
    (new.status, new.sale_amount, new.deleted_at, new.marketing_consent)
    is distinct from (old.status, old.sale_amount, old.deleted_at, old.marketing_consent)
)
execute function app.tg_calls__conversion();

-- A later write into an hour that may be rolled already marks it.
create trigger calls_50_mark_inserted after insert on app.calls
for each row when (least(new.tapped_at, new.sealed_at) < clock_timestamp() - interval '15 minutes')
execute function app.tg_calls__mark();
create trigger calls_60_mark_updated after update on app.calls
for each row when (
    least(new.tapped_at, old.tapped_at, new.sealed_at, old.sealed_at) < clock_timestamp() - interval '15 minutes' and (
        new.tapped_at, new.sealed_at, new.status, new.sale_amount, new.deleted_at, new.is_ads, new.intent_action,
        new.attribution, new.utm_source, new.utm_campaign, new.utm_term, new.matchtype, new.network, new.device_type,
        new.device_os, new.city, new.district, new.entry_page, new.referrer_host
    ) is distinct from (
        old.tapped_at, old.sealed_at, old.status, old.sale_amount, old.deleted_at, old.is_ads, old.intent_action,
        old.attribution, old.utm_source, old.utm_campaign, old.utm_term, old.matchtype, old.network, old.device_type,
        old.device_os, old.city, old.district, old.entry_page, old.referrer_host
    )
)
execute function app.tg_calls__mark();
create trigger calls_70_mark_deleted after delete on app.calls
for each row when (least(old.tapped_at, old.sealed_at) < clock_timestamp() - interval '15 minutes')
execute function app.tg_calls__mark();

comment on column app.calls.site_id is 'The site.';
comment on column app.calls.id is 'The card.';
comment on column app.calls.session_id is
'Session that tapped. Null: reported, entered by hand, or anonymous without consent.';
comment on column app.calls.session_month is 'Partition of that session.';
comment on column app.calls.visitor_id is 'Visitor of that session.';
comment on column app.calls.source is 'click, form, api (telephone provider) or manual.';
comment on column app.calls.status is 'intent, confirmed, junk, cancelled: see app.call_transitions.';
comment on column app.calls.intent_action is 'What opened the card.';
comment on column app.calls.intent_target is
'The number dialled (the business''s own, tel:+... or wa:+...) or the form. Never the '
'customer''s.';
comment on column app.calls.intent_stamp is 'Key of the event that opened it: a replay can not open it again.';
comment on column app.calls.reference is
'Code that the tracker put into the pre-filled WhatsApp text: a pasted message finds its click.';
comment on column app.calls.caller_phone is
'The customer''s number, E.164, from a provider or the operator. Personal data.';
comment on column app.calls.tapped_at is 'The card''s time in all numbers and exports.';
comment on column app.calls.received_at is 'Inbox order.';
comment on column app.calls.last_tap_at is 'Latest tap that joined the card.';
comment on column app.calls.last_action is 'Latest action that joined the card.';
comment on column app.calls.last_target is 'Its target.';
comment on column app.calls.phone_clicks is 'Phone taps on this card.';
comment on column app.calls.whatsapp_clicks is 'WhatsApp taps on this card.';
comment on column app.calls.form_submits is 'Forms sent on this card.';
comment on column app.calls.suspicious is 'The reported call can not come from the matched visit.';
comment on column app.calls.is_ads is 'Snapshot of the session.';
comment on column app.calls.click_id_type is
'Which click id: gclid, else gbraid, else wbraid, else another platform''s.';
comment on column app.calls.click_id is 'The one click id that an export would carry.';
comment on column app.calls.clicked_at is 'When the session first showed it.';
comment on column app.calls.attribution is 'Snapshot of the session.';
comment on column app.calls.utm_source is 'Snapshot of the session.';
comment on column app.calls.utm_medium is 'Snapshot of the session.';
comment on column app.calls.utm_campaign is 'Snapshot of the session.';
comment on column app.calls.utm_term is 'Snapshot of the session: the keyword.';
comment on column app.calls.matchtype is 'Snapshot of the session.';
comment on column app.calls.network is 'Snapshot of the session.';
comment on column app.calls.entry_page is 'Snapshot of the session.';
comment on column app.calls.referrer_host is 'Snapshot of the session.';
comment on column app.calls.device_type is 'Snapshot of the session.';
comment on column app.calls.device_os is 'Snapshot of the session.';
comment on column app.calls.city is 'Snapshot of the session.';
comment on column app.calls.district is 'Snapshot of the session.';
comment on column app.calls.marketing_consent is 'Null: the site does not ask. False: never exported.';
comment on column app.calls.lead_score is 'The session''s score, frozen at the intent.';
comment on column app.calls.score_breakdown is 'Why: points per signal; qualified_by where a job confirmed it.';
comment on column app.calls.risk is 'high when any reason stands.';
comment on column app.calls.risk_reasons is 'no_click_id, short_session, single_event, bot.';
comment on column app.calls.estimated_value is
'Median sealed amount of the same keyword at the site, else the site''s default.';
comment on column app.calls.sale_amount is 'What the sale brought, in currency.';
comment on column app.calls.currency is 'ISO 4217: the site''s.';
comment on column app.calls.note is 'The operator''s words. Personal data.';
comment on column app.calls.sealed_at is 'When it was sealed or auto-approved.';
comment on column app.calls.sealed_by is 'Who sealed. Null: a job, or a person since removed.';
comment on column app.calls.judged_action is 'Last operator action.';
comment on column app.calls.judged_at is 'When.';
comment on column app.calls.judged_by is 'Who. Null: a job, or a person since removed.';
comment on column app.calls.undo_state is 'What undo restores. Null: nothing to undo.';
comment on column app.calls.oci_status is 'State of its conversion, by trigger. Nobody else writes it.';
comment on column app.calls.oci_reason is 'Why it is not exported, or was rejected.';
comment on column app.calls.oci_held_until is 'Until when it is held back.';
comment on column app.calls.version is 'Raised by each operator''s write, never by a visitor''s next tap.';
comment on column app.calls.created_at is 'Row made.';
comment on column app.calls.updated_at is 'Last change, by trigger.';
comment on column app.calls.erased_at is 'Made anonymous since. Its numbers stay.';
comment on column app.calls.deleted_at is 'Soft delete.';
