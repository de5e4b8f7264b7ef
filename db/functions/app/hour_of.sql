create function app.hour_of(at timestamptz, zone text) returns timestamptz
language sql
immutable
parallel safe
return date_bin('1 hour', at, app.day_start(app.day_of(at, zone), zone));

comment on function app.hour_of(timestamptz, text) is
'When the hour began, counted from local midnight: hours make up days in every zone.';
grant execute on function app.hour_of(timestamptz, text) to authenticated;
