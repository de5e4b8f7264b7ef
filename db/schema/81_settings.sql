create table ops.settings (
    only_row boolean not null default true,
    who_creates_sites text not null default 'admin',
    raw_months integer not null default 13,
    rpc_path text not null default '/rpc/',
    app_origins text[] not null default '{}',
    analyst_limit interval not null default '10 minutes',
    updated_at timestamptz not null default now(),
    constraint settings_pkey primary key (only_row),
    constraint settings_only_row_check check (only_row),
    constraint settings_who_creates_sites_check check (who_creates_sites in ('admin', 'anyone')),
    constraint settings_rpc_path_check check (rpc_path ~ '^/([A-Za-z0-9._~-]+/)*$'),
    constraint settings_analyst_limit_check check (analyst_limit > interval '0'),
    constraint settings_raw_months_check check (raw_months between 7 and 1200)
);

comment on table ops.settings is 'Settings of the installation: one row. Operators change it by SQL.';

insert into ops.settings default values;

create trigger settings_10_touch before update on ops.settings
for each row execute function app.tg__touch();

comment on column ops.settings.only_row is 'Always true.';
comment on column ops.settings.who_creates_sites is
'admin: only admins may call create_site. anyone: everybody who is logged in; they own what they create.';
comment on column ops.settings.raw_months is
'Months of sessions and events that are kept. At least 7: attribution looks 180 days back.';
comment on column ops.settings.analyst_limit is
'Longer than this no transaction of an analyst runs, whatever statement_timeout their session has.';
comment on column ops.settings.updated_at is 'Last change, by trigger.';
comment on column ops.settings.rpc_path is
'Path of the functions as browsers see it, behind the proxy: cookies are bound to it.';
comment on column ops.settings.app_origins is
'Origins (https://app.example) of frontends whose scripts may use the refresh cookie.';
