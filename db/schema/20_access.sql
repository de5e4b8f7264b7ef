create table access.secrets (
    name text not null,
    value text not null,
    updated_at timestamptz not null default now(),
    constraint secrets_pkey primary key (name),
    constraint secrets_name_check check (
        name in ('jwt', 'jwt_previous', 'proxy_sha256', 'proxy_next_sha256', 'pseudonym', 'erasure')
    ),
    constraint secrets_value_check check (length(value) >= 32)
);

comment on table access.secrets is
'What definer functions must know and nobody may read. No grants but app_definer''s.';
comment on column access.secrets.name is
'jwt: key of the built-in issuer; jwt_previous: the one before, while its tokens last. proxy_sha256: digest of the '
'header the proxy sets; proxy_next_sha256: of the one it changes over to. pseudonym: key of visitors'' pseudonyms. '
'erasure: key of the digests in ops.erasures.';
comment on column access.secrets.value is 'The secret itself, or its hex digest.';
comment on column access.secrets.updated_at is 'When it was set.';

-- Each installation its own, made once: with another one every visitor in reporting would be a new one.
insert into access.secrets (name, value) values ('pseudonym', encode(extensions.gen_random_bytes(32), 'hex'));

create table access.issuers (
    iss text not null,
    aud text,
    role text not null,
    keys jsonb,
    keys_url text,
    updated_at timestamptz not null default now(),
    tried_at timestamptz not null default now(),
    last_error text,
    constraint issuers_iss_role_key unique nulls not distinct (iss, aud, role),
    constraint issuers_role_check check (role in ('authenticated', 'service_role', 'monitor')),
    constraint issuers_builtin_check check (
        iss = 'opsmantik'
        or role = 'authenticated' and aud is not null and iss ~ '^https://[!-~]+$' and length(iss) <= 1000
    ),
    constraint issuers_keys_check check (iss <> 'opsmantik' or keys is null),
    constraint issuers_keys_url_check check (keys_url ~ '^https://')
);

-- PostgREST verifies with any key of its set: a second external issuer could speak as the first.
create unique index issuers_one_external on access.issuers ((true)) where iss <> 'opsmantik';

comment on table access.issuers is
'Whose tokens count, and for which role. The pre-request refuses every other pair, so no key of '
'the key set can mint another''s role.';
comment on column access.issuers.iss is 'Claim iss, exact.';
comment on column access.issuers.aud is 'Claim aud that must be present. Null: none is demanded.';
comment on column access.issuers.role is 'Database role that tokens of this issuer may name.';
comment on column access.issuers.keys is 'Public keys of an external issuer, as a list of JWK. Written by pyctl issuer.';
comment on column access.issuers.keys_url is 'Where its keys are fetched again. Null: from a file.';
comment on column access.issuers.updated_at is 'When its keys were last read.';
comment on column access.issuers.tried_at is 'When somebody last set out to read them.';
comment on column access.issuers.last_error is 'Why the last attempt failed. Null: it did not.';

-- Rules, not data: the built-in issuer exists wherever the schema does.
insert into access.issuers (iss, aud, role) values
('opsmantik', 'opsmantik', 'authenticated'),
('opsmantik', 'opsmantik', 'service_role'),
('opsmantik', 'opsmantik', 'monitor');

create table access.identities (
    iss text not null,
    sub text not null,
    user_id uuid not null,
    created_at timestamptz not null default now(),
    constraint identities_pkey primary key (iss, sub),
    constraint identities_user_id_fkey foreign key (user_id) references app.profiles (id) on delete cascade
);

comment on table access.identities is 'Identity is (iss, sub) to user. Never linked by e-mail.';

create index identities_user_id_idx on access.identities (user_id);

comment on column access.identities.iss is 'Issuer of the token.';
comment on column access.identities.sub is 'Subject at that issuer.';
comment on column access.identities.user_id is 'The person.';
comment on column access.identities.created_at is 'When it was linked.';

create table access.passwords (
    user_id uuid not null,
    bcrypt text not null,
    updated_at timestamptz not null default now(),
    constraint passwords_pkey primary key (user_id),
    constraint passwords_user_id_fkey foreign key (user_id) references app.profiles (id) on delete cascade,
    constraint passwords_bcrypt_check check (bcrypt ~ '^\$2[abxy]\$\d\d\$.{53}$')
);

comment on table access.passwords is 'Passwords of built-in users, hashed with bcrypt.';
comment on column access.passwords.user_id is 'The person.';
comment on column access.passwords.bcrypt is 'Hash with its salt and cost.';
comment on column access.passwords.updated_at is 'When it was set.';

create table access.logins (
    id uuid not null default gen_random_uuid(),
    user_id uuid not null,
    ip_prefix cidr,
    created_at timestamptz not null default now(),
    last_used_at timestamptz not null default now(),
    revoked_at timestamptz,
    revoke_reason text,
    constraint logins_pkey primary key (id),
    constraint logins_user_id_fkey foreign key (user_id) references app.profiles (id) on delete cascade,
    constraint logins_revoke_reason_check check (
        revoke_reason in ('logout', 'reuse', 'password', 'revoked', 'admin')
    ),
    constraint logins_revoked_check check ((revoked_at is null) = (revoke_reason is null))
);

comment on table access.logins is 'One row per log-in: the family of its refresh tokens. Revoked as a whole.';

create index logins_user_id_idx on access.logins (user_id);

comment on column access.logins.id is 'Claim sid of the access tokens of this log-in.';
comment on column access.logins.user_id is 'Who logged in.';
comment on column access.logins.ip_prefix is 'From where, truncated to /24 or /48. Null without a trusted proxy.';
comment on column access.logins.created_at is 'When.';
comment on column access.logins.last_used_at is 'Last rotation.';
comment on column access.logins.revoked_at is 'Ended since.';
comment on column access.logins.revoke_reason is
'logout; reuse: an old refresh token was shown again; password: it was changed; revoked: from another '
'log-in; admin.';

create table access.refresh_tokens (
    token_sha256 bytea not null,
    login_id uuid not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    used_at timestamptz,
    constraint refresh_tokens_pkey primary key (token_sha256),
    constraint refresh_tokens_login_id_fkey foreign key (login_id) references access.logins (id) on delete cascade,
    constraint refresh_tokens_token_sha256_check check (octet_length(token_sha256) = 32)
);

comment on table access.refresh_tokens is
'Refresh tokens by digest. Used once; shown again after 10 s it ends the log-in.';

create index refresh_tokens_login_id_idx on access.refresh_tokens (login_id);

comment on column access.refresh_tokens.token_sha256 is 'Digest of the token.';
comment on column access.refresh_tokens.login_id is 'The log-in it belongs to.';
comment on column access.refresh_tokens.created_at is 'When it was issued.';
comment on column access.refresh_tokens.expires_at is 'From then on it is refused.';
comment on column access.refresh_tokens.used_at is 'When it was exchanged for the next.';

create table access.feed_credentials (
    user_name text not null,
    site_id uuid not null,
    secret_sha256 bytea not null,
    previous_sha256 bytea,
    previous_until timestamptz,
    created_at timestamptz not null default now(),
    revoked_at timestamptz,
    constraint feed_credentials_pkey primary key (user_name),
    constraint feed_credentials_site_id_fkey foreign key (site_id) references app.sites (id) on delete cascade,
    constraint feed_credentials_user_name_check check (user_name ~ '^[a-z0-9][a-z0-9_-]{2,62}$'),
    constraint feed_credentials_secret_sha256_check check (octet_length(secret_sha256) = 32),
    constraint feed_credentials_previous_check check (
        octet_length(previous_sha256) = 32 and (previous_sha256 is null) = (previous_until is null)
    )
);

comment on table access.feed_credentials is
'Basic credentials of the feeds. The user name selects the site; the secret is generated, 128 '
'bits, kept as digest.';

create index feed_credentials_site_id_idx on access.feed_credentials (site_id);

comment on column access.feed_credentials.user_name is 'Basic user name.';
comment on column access.feed_credentials.site_id is 'Whose conversions it shows.';
comment on column access.feed_credentials.secret_sha256 is 'Digest of the Basic password.';
comment on column access.feed_credentials.previous_sha256 is 'The one before, while the ad platform changes over.';
comment on column access.feed_credentials.previous_until is 'From then on it is refused.';
comment on column access.feed_credentials.created_at is 'When it was made.';
comment on column access.feed_credentials.revoked_at is 'Refused since.';

create table access.machine_tokens (
    id uuid not null default gen_random_uuid(),
    name text not null,
    role text not null,
    created_at timestamptz not null default now(),
    created_by text not null default session_user,
    expires_at timestamptz not null,
    revoked_at timestamptz,
    constraint machine_tokens_pkey primary key (id),
    constraint machine_tokens_name_check check (name ~ '^[A-Za-z0-9][A-Za-z0-9 ._-]{0,62}$'),
    constraint machine_tokens_role_check check (role in ('service_role', 'monitor')),
    constraint machine_tokens_expires_at_check check (expires_at > created_at)
);

comment on table access.machine_tokens is
'Tokens of machines by their claim jti: made and revoked by pyctl. One that is not here is refused.';
comment on column access.machine_tokens.id is 'Claim jti.';
comment on column access.machine_tokens.name is 'Claim sub: which machine.';
comment on column access.machine_tokens.role is 'Claim role.';
comment on column access.machine_tokens.created_at is 'When it was made.';
comment on column access.machine_tokens.created_by is 'Database login that made it.';
comment on column access.machine_tokens.expires_at is 'Its end, as in claim exp.';
comment on column access.machine_tokens.revoked_at is 'Refused since.';

create table access.password_resets (
    token_sha256 bytea not null,
    user_id uuid,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null default now() + interval '1 hour',
    used_at timestamptz,
    constraint password_resets_pkey primary key (token_sha256),
    constraint password_resets_user_id_fkey foreign key (user_id) references app.profiles (id) on delete cascade,
    constraint password_resets_token_sha256_check check (octet_length(token_sha256) = 32)
);

comment on table access.password_resets is
'Links to set a new password, by digest. An unknown address gets a row, too: equal work, equal answer.';

create index password_resets_user_id_idx on access.password_resets (user_id, created_at);

comment on column access.password_resets.token_sha256 is 'Digest of the token in the mail.';
comment on column access.password_resets.user_id is 'Whose password. Null: nobody has that address.';
comment on column access.password_resets.created_at is 'When it was asked for.';
comment on column access.password_resets.expires_at is 'From then on it is refused.';
comment on column access.password_resets.used_at is 'When it, or a later one of the same person, was used.';
