create function app.bucket_after(bucket timestamptz, zone text, slices_from timestamptz) returns timestamptz
language sql
immutable
parallel safe
-- In UTC: only so the sum is immutable, and the call a part of the caller's plan and not planned in each transaction.
-- No bucket reaches over midnight: a day of 23 and a half hours ends with half of one.
return least(
    (
        bucket at time zone 'UTC'
        + case when bucket >= slices_from then interval '10 minutes' else interval '1 hour' end
    ) at time zone 'UTC',
    app.day_start(app.day_of(bucket, zone) + 1, zone)
);

comment on function app.bucket_after(timestamptz, text, timestamptz) is
'When the bucket of app.hourly_stats that began then is over: see app.bucket_of.';
grant execute on function app.bucket_after(timestamptz, text, timestamptz) to authenticated;
