create table app.site_purges (
    site_id uuid not null,
    began_at timestamptz not null default clock_timestamp(),
    finished_at timestamptz,
    chain_length bigint not null,
    chain_hash bytea,
    rows bigint not null default 0,
    constraint site_purges_pkey primary key (site_id),
    constraint site_purges_chain_hash_check check (octet_length(chain_hash) = 32)
);

comment on table app.site_purges is
'Sites that are being deleted or are gone, for ever. While one is being deleted its audit chain may be removed, and '
'only then; what remains of the chain is its length and its last hash.';
comment on column app.site_purges.site_id is 'The site that was.';
comment on column app.site_purges.began_at is 'Since then it can not be restored.';
comment on column app.site_purges.finished_at is 'When its last row was deleted.';
comment on column app.site_purges.chain_length is 'How many entries its audit chain had.';
comment on column app.site_purges.chain_hash is 'Hash of the last: whoever kept the chain can prove that it is this one.';
comment on column app.site_purges.rows is 'How many rows were deleted.';
