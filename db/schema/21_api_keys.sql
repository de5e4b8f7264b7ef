create table access.api_keys (
    id uuid not null default gen_random_uuid(),
    site_id uuid not null,
    user_id uuid not null,
    login_id uuid not null,
    name text not null,
    key_sha256 bytea not null,
    scopes text[] not null,
    created_by uuid,
    created_at timestamptz not null default now(),
    last_used_at timestamptz,
    expires_at timestamptz,
    revoked_at timestamptz,
    constraint api_keys_pkey primary key (id),
    constraint api_keys_key_sha256_key unique (key_sha256),
    constraint api_keys_site_id_fkey foreign key (site_id) references app.sites (id) on delete cascade,
    constraint api_keys_user_id_fkey foreign key (user_id) references app.profiles (id) on delete cascade,
    constraint api_keys_login_id_fkey foreign key (login_id) references access.logins (id) on delete cascade,
    constraint api_keys_created_by_fkey foreign key (created_by) references app.profiles (id) on delete set null,
    constraint api_keys_key_sha256_check check (octet_length(key_sha256) = 32),
    constraint api_keys_scopes_check check (scopes <> '{}' and scopes <@ array['read', 'write'])
);

comment on table access.api_keys is
'Keys of a site''s servers. A key is a member of the site like any other: viewer, or editor with scope write.';

create index api_keys_site_id_idx on access.api_keys (site_id, created_at);
create index api_keys_user_id_idx on access.api_keys (user_id);
create index api_keys_login_id_idx on access.api_keys (login_id);
create index api_keys_created_by_idx on access.api_keys (created_by);

comment on column access.api_keys.id is 'Names the key to those who manage it.';
comment on column access.api_keys.site_id is 'The one site that it opens.';
comment on column access.api_keys.user_id is 'The member that it is.';
comment on column access.api_keys.login_id is 'Its log-in: revoking the key ends it, and the tokens with it.';
comment on column access.api_keys.name is 'What it is for.';
comment on column access.api_keys.key_sha256 is 'Digest of the key.';
comment on column access.api_keys.scopes is 'read: as a viewer. write: as an editor.';
comment on column access.api_keys.created_by is 'Who made it. Null when that person is gone.';
comment on column access.api_keys.created_at is 'When it was made.';
comment on column access.api_keys.last_used_at is 'When it was last exchanged for a token, to the minute.';
comment on column access.api_keys.expires_at is 'From then on it is refused. Null: until it is revoked.';
comment on column access.api_keys.revoked_at is 'Refused since.';

create table access.call_secrets (
    site_id uuid not null,
    current_secret text not null,
    next_secret text,
    updated_at timestamptz not null default now(),
    constraint call_secrets_pkey primary key (site_id),
    constraint call_secrets_site_id_fkey foreign key (site_id) references app.sites (id) on delete cascade,
    constraint call_secrets_current_secret_check check (length(current_secret) >= 32),
    constraint call_secrets_next_secret_check check (length(next_secret) >= 32)
);

comment on table access.call_secrets is
'With what a site''s telephone provider signs. In clear: a signature is checked by making it again.';
comment on column access.call_secrets.site_id is 'The site.';
comment on column access.call_secrets.current_secret is 'Good.';
comment on column access.call_secrets.next_secret is 'Good too, while the provider changes over.';
comment on column access.call_secrets.updated_at is 'Last change.';

create table ops.call_reports (
    site_id uuid not null,
    report_id text not null,
    call_id uuid,
    received_at timestamptz not null default now(),
    constraint call_reports_pkey primary key (site_id, report_id),
    constraint call_reports_site_id_fkey foreign key (site_id) references app.sites (id) on delete cascade,
    constraint call_reports_report_id_check check (length(report_id) between 1 and 100)
);

comment on table ops.call_reports is 'Which reported calls came, for 90 days: a repeated report counts once.';

create index call_reports_received_at_idx on ops.call_reports (received_at);

comment on column ops.call_reports.site_id is 'The site.';
comment on column ops.call_reports.report_id is 'The provider''s own number of the call.';
comment on column ops.call_reports.call_id is 'The card that it opened or joined.';
comment on column ops.call_reports.received_at is 'When it came.';
