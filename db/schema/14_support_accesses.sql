create table app.support_accesses (
    site_id uuid not null,
    id uuid not null default gen_random_uuid(),
    admin_id uuid,
    reason text not null,
    opened_at timestamptz not null default now(),
    expires_at timestamptz not null,
    closed_at timestamptz,
    closed_by uuid,
    constraint support_accesses_pkey primary key (site_id, id),
    constraint support_accesses_site_id_fkey foreign key (site_id) references app.sites (id) on delete cascade,
    constraint support_accesses_admin_id_fkey foreign key (admin_id) references app.profiles (id) on delete set null,
    constraint support_accesses_closed_by_fkey foreign key (closed_by) references app.profiles (id) on delete set null,
    constraint support_accesses_reason_check check (length(reason) between 10 and 500),
    constraint support_accesses_expires_at_check check (
        expires_at > opened_at and expires_at <= opened_at + interval '8 hours'
    ),
    constraint support_accesses_closed_check check (closed_by is null or closed_at is not null)
);

comment on table app.support_accesses is
'When which admin could work on a site without being its member, and why. The site''s owners see it.';

create index support_accesses_admin_id_idx on app.support_accesses (admin_id, expires_at);
create index support_accesses_closed_by_idx on app.support_accesses (closed_by);

comment on column app.support_accesses.site_id is 'The site.';
comment on column app.support_accesses.id is 'Names it to those who see and close it.';
comment on column app.support_accesses.admin_id is 'Who. Null when that person is gone.';
comment on column app.support_accesses.reason is 'Why, in the admin''s words; copied to each row of the audit log written under it.';
comment on column app.support_accesses.opened_at is 'From when.';
comment on column app.support_accesses.expires_at is 'It ends by itself, after eight hours at most.';
comment on column app.support_accesses.closed_at is 'Ended earlier.';
comment on column app.support_accesses.closed_by is 'By whom: its admin, or an owner.';
