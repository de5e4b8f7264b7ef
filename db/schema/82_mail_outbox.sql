create table ops.mail_outbox (
    id uuid not null default gen_random_uuid(),
    kind text not null,
    recipient text,
    token text,
    facts jsonb not null default '{}',
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    tries integer not null default 0,
    next_try_at timestamptz not null default now(),
    sent_at timestamptz,
    last_error text,
    constraint mail_outbox_pkey primary key (id),
    constraint mail_outbox_kind_check check (kind in ('invitation', 'password_reset', 'password_changed')),
    constraint mail_outbox_recipient_check check (
        recipient ~ '^[^@\s]+@[^@\s]+$' and length(recipient) <= 254
    ),
    constraint mail_outbox_facts_check check (jsonb_typeof(facts) = 'object'),
    constraint mail_outbox_sent_check check (sent_at is null or token is null)
);

comment on table ops.mail_outbox is
'Mails that wait for `pyctl mail send`. The one place where a token of a link stands, until it is sent or over.';

create index mail_outbox_next_try_at_idx on ops.mail_outbox (next_try_at) where sent_at is null;

comment on column ops.mail_outbox.id is 'Also in the Message-ID, so that a mail sent twice is seen to be one.';
comment on column ops.mail_outbox.kind is 'Which text.';
comment on column ops.mail_outbox.recipient is 'To whom. Null: a mail to nobody, written so that the work is the same.';
comment on column ops.mail_outbox.token is 'Goes into the link. Wiped when the mail is sent or over.';
comment on column ops.mail_outbox.facts is 'What the text names: the site, the role.';
comment on column ops.mail_outbox.created_at is 'When it was written.';
comment on column ops.mail_outbox.expires_at is 'From then on it is not sent any more.';
comment on column ops.mail_outbox.tries is 'How often it was tried.';
comment on column ops.mail_outbox.next_try_at is 'Not tried before.';
comment on column ops.mail_outbox.sent_at is 'When the mail server took it, or the operator.';
comment on column ops.mail_outbox.last_error is 'What the mail server said last.';
