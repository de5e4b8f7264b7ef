create table ops.operator_log (
    id bigint generated always as identity,
    at timestamptz not null default clock_timestamp(),
    operator text not null default session_user,
    action text not null,
    object text not null,
    reason text not null,
    facts jsonb not null default '{}',
    constraint operator_log_pkey primary key (id),
    constraint operator_log_reason_check check (reason ~ '[^[:space:]]' and length(reason) <= 500)
);

comment on table ops.operator_log is
'What operators did by pyctl, and why. What concerns a site stands in its audit chain too, where its owner sees it.';

create trigger operator_log_10_append_only before update or delete on ops.operator_log
for each row execute function app.tg_operator_log__append_only();
create trigger operator_log_20_no_truncate before truncate on ops.operator_log
for each statement execute function app.tg_operator_log__append_only();

comment on column ops.operator_log.id is 'Order.';
comment on column ops.operator_log.at is 'When.';
comment on column ops.operator_log.operator is 'Database login that did it.';
comment on column ops.operator_log.action is 'What: site_create, site_archive, user_disable, feed_rotate, secret_rotate ...';
comment on column ops.operator_log.object is 'Id or name of what it was done to.';
comment on column ops.operator_log.reason is 'Why, in the operator''s words.';
comment on column ops.operator_log.facts is 'Counts and digests; no personal data.';
