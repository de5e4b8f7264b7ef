create table ops.erasures (
    site_id uuid not null,
    kind text not null,
    digest bytea not null,
    erased_at timestamptz not null default now(),
    constraint erasures_pkey primary key (site_id, kind, digest),
    constraint erasures_site_id_fkey foreign key (site_id) references app.sites (id) on delete cascade,
    constraint erasures_kind_check check (kind in ('visitor', 'phone', 'session')),
    constraint erasures_digest_check check (octet_length(digest) = 32)
);

comment on table ops.erasures is
'Who was erased, as keyed digests: a restored backup is cleaned again by ops.repeat_erasures. Keep '
'the list outside the backups too: pyctl erasures export.';
comment on column ops.erasures.site_id is 'The site.';
comment on column ops.erasures.kind is 'visitor, phone or session.';
comment on column ops.erasures.digest is 'access.erasure_digest: hmac with the key of access.secrets; never the value.';
comment on column ops.erasures.erased_at is 'What came after it is new data.';

-- The key of the digests: the database's own, so it is in its backups.
insert into access.secrets (name, value) values ('erasure', encode(extensions.gen_random_bytes(32), 'hex'));
