create table ops.migrations (
    version text not null,
    name text not null,
    checksum text not null,
    how text not null,
    applied_at timestamptz not null default clock_timestamp(),
    applied_by text not null default session_user,
    constraint migrations_pkey primary key (version),
    constraint migrations_version_check check (version ~ '^[0-9]{14}$'),
    constraint migrations_how_check check (how in ('applied', 'contained'))
);

comment on table ops.migrations is 'The steps of db/migrations that this database has behind it. Append-only.';

create trigger migrations_10_append_only before update or delete on ops.migrations
for each row execute function app.tg_migrations__append_only();
create trigger migrations_20_no_truncate before truncate on ops.migrations
for each statement execute function app.tg_migrations__append_only();

comment on column ops.migrations.version is 'UTC time at the head of the file''s name.';
comment on column ops.migrations.name is 'The rest of it.';
comment on column ops.migrations.checksum is 'sha256 over its statements and directives: a file that was applied is not edited.';
comment on column ops.migrations.how is
'applied: run here. contained: this database was made from a source that had it already.';
comment on column ops.migrations.applied_at is 'When.';
comment on column ops.migrations.applied_by is 'Database login.';
