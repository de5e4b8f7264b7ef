create table ops.retired_months (
    month date not null,
    retired_at timestamptz not null default now(),
    retired_by text not null default session_user,
    constraint retired_months_pkey primary key (month)
);

comment on table ops.retired_months is 'Months whose sessions and events were dropped: see ops.retire_month.';
comment on column ops.retired_months.month is 'First day of the month, UTC.';
comment on column ops.retired_months.retired_at is 'When.';
comment on column ops.retired_months.retired_by is 'Database login.';
