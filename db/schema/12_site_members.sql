create table app.site_members (
    site_id uuid not null,
    user_id uuid not null,
    role text not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint site_members_pkey primary key (site_id, user_id),
    constraint site_members_site_id_fkey foreign key (site_id) references app.sites (id) on delete cascade,
    constraint site_members_user_id_fkey foreign key (user_id) references app.profiles (id) on delete cascade,
    constraint site_members_role_check check (role in ('viewer', 'editor', 'owner'))
);

comment on table app.site_members is 'The one source of rights on a site. Its owner is a row here like everyone else.';

create index site_members_user_id_idx on app.site_members (user_id);

create trigger site_members_10_touch before update on app.site_members
for each row execute function app.tg__touch();
-- Deferred: ownership is handed over by two statements in one transaction.
create constraint trigger site_members_20_keep_owner after update or delete on app.site_members
deferrable initially deferred
for each row execute function app.tg_site_members__keep_owner();
create trigger site_members_30_audit after insert or update or delete on app.site_members
for each row execute function access.tg_site_members__audit();

comment on column app.site_members.site_id is 'The site.';
comment on column app.site_members.user_id is 'The person.';
comment on column app.site_members.role is
'viewer reads; editor also judges cards; owner also changes the site and its members.';
comment on column app.site_members.created_at is 'Member since.';
comment on column app.site_members.updated_at is 'Last change, by trigger.';
