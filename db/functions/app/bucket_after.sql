create function app.bucket_after(bucket timestamptz, zone text, slices_from timestamptz) returns timestamptz
language sql
immutable
parallel safe
-- No bucket reaches over midnight: a day of 23 and a half hours ends with half of one.
return least(
    bucket + case when bucket >= slices_from then interval '10 minutes' else interval '1 hour' end,
    app.day_start(app.day_of(bucket, zone) + 1, zone)
);

comment on function app.bucket_after(timestamptz, text, timestamptz) is
'When the bucket of app.hourly_stats that began then is over: see app.bucket_of.';
grant execute on function app.bucket_after(timestamptz, text, timestamptz) to authenticated;
