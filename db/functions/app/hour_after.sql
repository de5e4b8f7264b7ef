create function app.hour_after(hour timestamptz, zone text) returns timestamptz
language sql
immutable
parallel safe
-- In UTC as app.bucket_after. A day of 23 and a half hours ends with half of one.
return least(
    (hour at time zone 'UTC' + interval '1 hour') at time zone 'UTC', app.day_start(app.day_of(hour, zone) + 1, zone)
);

comment on function app.hour_after(timestamptz, text) is 'When the hour that began then is over.';
grant execute on function app.hour_after(timestamptz, text) to authenticated;
