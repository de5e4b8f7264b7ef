create table ops.scripts (
    name text not null,
    body text not null,
    digest text not null,
    published_at timestamptz not null default now(),
    constraint scripts_pkey primary key (name),
    constraint scripts_digest_check check (digest ~ '^[0-9a-f]{16}$')
);

comment on table ops.scripts is
'Files that PostgREST serves. Written by the deploy from the source tree, which stays their one source.';
comment on column ops.scripts.name is 'The function of schema api that serves it.';
comment on column ops.scripts.body is 'The file, as written.';
comment on column ops.scripts.digest is 'Start of its sha256: the version in the ETag.';
comment on column ops.scripts.published_at is 'First deploy that held this body.';
