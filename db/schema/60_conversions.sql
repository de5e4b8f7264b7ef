create table app.conversions (
    site_id uuid not null,
    id uuid not null default gen_random_uuid(),
    subject_id uuid not null,
    call_id uuid not null,
    kind text not null,
    round integer not null,
    revision integer not null default 0,
    order_id text not null,
    conversion_name text not null,
    click_id_type text,
    click_id text,
    clicked_at timestamptz,
    occurred_at timestamptz not null,
    amount numeric(20, 2) not null,
    currency text not null,
    ad_user_data text,
    state text not null,
    reason text,
    held_until timestamptz not null,
    offered_at timestamptz,
    decided_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint conversions_pkey primary key (site_id, id),
    constraint conversions_revision_key unique (site_id, subject_id, round, revision),
    constraint conversions_call_id_fkey foreign key (site_id, call_id) references app.calls (site_id, id)
    on delete restrict,
    constraint conversions_kind_check check (kind in ('conversion', 'restatement', 'retraction')),
    constraint conversions_kind_revision_check check ((kind = 'conversion') = (revision = 0)),
    constraint conversions_round_check check (round >= 1),
    constraint conversions_order_id_check check (order_id ~ '^om-[0-9a-f]{32}$'),
    constraint conversions_click_id_type_check check (click_id_type in ('gclid', 'gbraid', 'wbraid')),
    constraint conversions_click_id_check check ((click_id is null) = (click_id_type is null)),
    constraint conversions_occurred_at_check check (occurred_at >= clicked_at),
    constraint conversions_amount_check check (amount >= 0),
    constraint conversions_currency_check check (currency ~ '^[A-Z]{3}$'),
    constraint conversions_ad_user_data_check check (ad_user_data in ('Granted', 'Denied')),
    constraint conversions_state_check check (state in ('held', 'offered', 'accepted', 'rejected', 'suppressed')),
    constraint conversions_reason_check check (state not in ('suppressed', 'rejected') or reason is not null),
    constraint conversions_exportable_check check (
        state not in ('held', 'offered', 'accepted')
        or (click_id is not null and amount >= 0)
        or (state = 'accepted' and reason = 'erased')
    )
);

comment on table app.conversions is
'What goes to the ad platform: one row per session, seal round and correction. Written by '
'triggers and jobs only.';

create index conversions_call_id_idx on app.conversions (site_id, call_id);
create index conversions_held_idx on app.conversions (held_until) where state = 'held';
create index conversions_feed_idx on app.conversions (site_id, occurred_at) where state = 'offered';
-- Google's own key: two conversions of one click may not share a second.
create unique index conversions_click_key on app.conversions (site_id, click_id, conversion_name, occurred_at)
where kind = 'conversion';

create trigger conversions_10_touch before update on app.conversions
for each row execute function app.tg__touch();
create trigger conversions_20_mirror after insert or update on app.conversions
for each row execute function app.tg_conversions__mirror();

comment on column app.conversions.site_id is 'The site.';
comment on column app.conversions.id is 'The row.';
comment on column app.conversions.subject_id is 'The session, or the card where there is none: one conversion each.';
comment on column app.conversions.call_id is 'The first sealed card of the round.';
comment on column app.conversions.kind is 'conversion, or a later restatement or retraction of it.';
comment on column app.conversions.round is 'Raised when a sale is sealed again after a retraction.';
comment on column app.conversions.revision is '0 for the conversion, then one per correction.';
comment on column app.conversions.order_id is 'Deterministic per subject and round; holds no personal data.';
comment on column app.conversions.conversion_name is 'The site''s setting at the time of sealing.';
comment on column app.conversions.click_id_type is 'gclid, else gbraid, else wbraid.';
comment on column app.conversions.click_id is 'Exactly one identifier.';
comment on column app.conversions.clicked_at is 'When the click was first seen.';
comment on column app.conversions.occurred_at is
'Exported time, whole seconds, after the click and never in the future.';
comment on column app.conversions.amount is 'Sum of the subject''s sealed cards.';
comment on column app.conversions.currency is 'ISO 4217.';
comment on column app.conversions.ad_user_data is 'Granted where the visitor was asked and said yes, else null.';
comment on column app.conversions.state is 'held, offered (visible in the feed), accepted, rejected, suppressed.';
comment on column app.conversions.reason is 'Why it is not exported, or why it was rejected.';
comment on column app.conversions.held_until is 'greatest(click + hold, sealed + undo window).';
comment on column app.conversions.offered_at is 'When the job moved it into the feed.';
comment on column app.conversions.decided_at is 'When the platform''s answer was imported.';
comment on column app.conversions.created_at is 'Row made.';
comment on column app.conversions.updated_at is 'Last change, by trigger.';
