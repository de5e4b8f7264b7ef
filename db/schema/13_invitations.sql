create table app.invitations (
    site_id uuid not null,
    id uuid not null default gen_random_uuid(),
    email text not null,
    role text not null,
    token_sha256 bytea not null,
    invited_by uuid,
    by_operator boolean not null default false,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null default now() + interval '7 days',
    accepted_at timestamptz,
    accepted_by uuid,
    revoked_at timestamptz,
    constraint invitations_pkey primary key (site_id, id),
    constraint invitations_token_sha256_key unique (token_sha256),
    constraint invitations_site_id_fkey foreign key (site_id) references app.sites (id) on delete cascade,
    constraint invitations_invited_by_fkey foreign key (invited_by) references app.profiles (id) on delete set null,
    constraint invitations_accepted_by_fkey foreign key (accepted_by) references app.profiles (id) on delete set null,
    constraint invitations_email_check check (
        email = lower(email) and email ~ '^[^@\s]+@[^@\s]+$'
        and length(email) <= 254
    ),
    constraint invitations_role_check check (role in ('viewer', 'editor', 'owner')),
    constraint invitations_token_sha256_check check (octet_length(token_sha256) = 32),
    constraint invitations_expires_at_check check (expires_at > created_at),
    constraint invitations_accepted_check check (accepted_by is null or accepted_at is not null)
);

comment on table app.invitations is 'Offers of membership. The token itself is only in the mail, its digest here.';

create index invitations_invited_by_idx on app.invitations (invited_by);
create index invitations_accepted_by_idx on app.invitations (accepted_by);
create unique index invitations_open_key on app.invitations (site_id, email)
where accepted_at is null and revoked_at is null;

comment on column app.invitations.site_id is 'The site.';
comment on column app.invitations.id is 'Names the invitation to those who manage it.';
comment on column app.invitations.email is 'Where the invitation goes, lower case.';
comment on column app.invitations.role is 'The role that accepting gives.';
comment on column app.invitations.token_sha256 is 'Digest of the token in the mail.';
comment on column app.invitations.invited_by is 'Who invited. Null when that person is gone.';
comment on column app.invitations.by_operator is 'Made by pyctl: it needs no member who vouches for it.';
comment on column app.invitations.created_at is 'When it was made.';
comment on column app.invitations.expires_at is 'From then on it can not be accepted.';
comment on column app.invitations.accepted_at is 'When it was accepted. Once only.';
comment on column app.invitations.accepted_by is 'Who accepted.';
comment on column app.invitations.revoked_at is 'Taken back since.';
