create function app.day_start(day date, zone text) returns timestamptz
language sql
immutable
parallel safe
return day::timestamp at time zone zone;

comment on function app.day_start(date, text) is 'When a day begins in a zone. Where there is no midnight: its first moment.';
grant execute on function app.day_start(date, text) to authenticated, app_definer;
