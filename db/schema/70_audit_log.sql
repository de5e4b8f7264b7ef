create table app.audit_log (
    site_id uuid not null,
    seq bigint not null,
    at timestamptz not null,
    actor text not null,
    action text not null,
    object_type text not null,
    object_id uuid not null,
    before jsonb,
    after jsonb,
    request_id text,
    reason text,
    previous_hash bytea,
    hash bytea not null,
    constraint audit_log_pkey primary key (site_id, seq),
    constraint audit_log_site_id_fkey foreign key (site_id) references app.sites (id) on delete restrict,
    constraint audit_log_object_type_check check (
        object_type in (
            'call', 'site_member', 'site', 'person', 'invitation', 'api_key', 'call_secret', 'support_access'
        )
    ),
    constraint audit_log_hash_check check (octet_length(hash) = 32),
    constraint audit_log_first_check check ((seq = 1) = (previous_hash is null))
);

comment on table app.audit_log is
'Who changed what. Append-only; each row is hashed with its predecessor, so that a change or a '
'gap shows. No personal data.';

create index audit_log_object_id_idx on app.audit_log (site_id, object_id, seq);

-- Grants can be given; the trigger refuses the owner too.
create trigger audit_log_10_append_only before update or delete on app.audit_log
for each row execute function app.tg_audit_log__append_only();
create trigger audit_log_20_no_truncate before truncate on app.audit_log
for each statement execute function app.tg_audit_log__append_only();

comment on column app.audit_log.site_id is 'The site: each has its own chain.';
comment on column app.audit_log.seq is '1, 2, 3 ... without gaps, taken under a lock.';
comment on column app.audit_log.at is 'When.';
comment on column app.audit_log.actor is 'user:<uuid>, or system.';
comment on column app.audit_log.action is
'seal, amend, junk, restore, cancel, undo, auto_approve, create, insert, update, delete, undelete, archive, '
'erase, export, open, close.';
comment on column app.audit_log.object_type is 'What was changed.';
comment on column app.audit_log.object_id is 'Which: the card, the member, the site. Of a person erased or exported, a random id.';
comment on column app.audit_log.before is 'Facts before. For note and number only that they changed.';
comment on column app.audit_log.after is 'Facts after.';
comment on column app.audit_log.request_id is 'x-request-id of the request.';
comment on column app.audit_log.reason is 'Why an admin did it under support access. Null for everybody else.';
comment on column app.audit_log.previous_hash is 'hash of seq - 1.';
comment on column app.audit_log.hash is 'sha256 over previous_hash and this row.';
