create function app.bucket_of(at timestamptz, zone text, slices_from timestamptz) returns timestamptz
language sql
immutable
parallel safe
return date_bin(
    case when at >= slices_from then interval '10 minutes' else interval '1 hour' end,
    at, app.day_start(app.day_of(at, zone), zone)
);

comment on function app.bucket_of(timestamptz, text, timestamptz) is
'When the bucket of app.hourly_stats began: a slice of ten minutes from slices_from on, else an hour. Both are counted '
'from local midnight.';
grant execute on function app.bucket_of(timestamptz, text, timestamptz) to authenticated;
