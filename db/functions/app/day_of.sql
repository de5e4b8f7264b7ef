create function app.day_of(at timestamptz, zone text) returns date
language sql
immutable
parallel safe
-- Where clocks go back over midnight, the hour that comes twice is the earlier day's the first time.
return (at at time zone zone)::date - (at < (at at time zone zone)::date::timestamp at time zone zone)::integer;

comment on function app.day_of(timestamptz, text) is 'The day that begins at or before: app.day_start is its other side.';
grant execute on function app.day_of(timestamptz, text) to authenticated, app_definer;
