create function app.month_start(zone text, months integer default 0) returns timestamptz
language sql
stable
set search_path = ''
as $$
    select app.day_start(
        (date_trunc('month', now() at time zone zone) + make_interval(months => months))::date, zone
    );
$$;

comment on function app.month_start(text, integer) is
'When the month that a site is in began, or one so many months later.';
grant execute on function app.month_start(text, integer) to app_definer;
