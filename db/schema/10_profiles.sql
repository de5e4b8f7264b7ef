create table app.profiles (
    id uuid not null default gen_random_uuid(),
    issuer text not null default 'opsmantik',
    email text,
    display_name text,
    role text not null default 'user',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    disabled_at timestamptz,
    constraint profiles_pkey primary key (id),
    constraint profiles_email_check check (
        email = lower(email) and email ~ '^[^@\s]+@[^@\s]+$'
        and length(email) <= 254
    ),
    constraint profiles_display_name_check check (length(display_name) between 1 and 200),
    constraint profiles_role_check check (role in ('user', 'admin')),
    constraint profiles_builtin_check check (issuer <> 'opsmantik' or email is not null),
    constraint profiles_machine_check check (issuer <> 'api_key' or (email is null and role = 'user'))
);

comment on table app.profiles is 'One row per person. How they prove who they are is in schema access.';

-- Only our own log-in looks up an address; what another issuer says of its people is its own affair.
create unique index profiles_email_key on app.profiles (email) where issuer = 'opsmantik';
create index profiles_email_idx on app.profiles (email);

create trigger profiles_10_touch before update on app.profiles
for each row execute function app.tg__touch();

comment on column app.profiles.id is 'The user id: sub of the built-in issuer.';
comment on column app.profiles.issuer is 'Who vouches for this person: opsmantik, an external issuer, or api_key for a machine.';
comment on column app.profiles.email is
'Lower case. Never used to link an external identity. Null where the issuer does not vouch for one.';
comment on column app.profiles.display_name is 'How other members see this person.';
comment on column app.profiles.role is 'admin may do everything on every site, under support access. Not writable by its user.';
comment on column app.profiles.created_at is 'When the person was added.';
comment on column app.profiles.updated_at is 'Last change, by trigger.';
comment on column app.profiles.disabled_at is 'Let in nowhere since. Set by access.set_disabled, which ends the log-ins too.';
