create function app.bucket_starts(
    since timestamptz, until timestamptz, zone text, granularity text
) returns timestamptz[]
language plpgsql
immutable
set search_path = ''
as $$
declare
    v_first date := app.day_of(since, zone);
    v_last date := app.day_of(until - interval '1 microsecond', zone);
begin
    if granularity = 'hour' then
        return array(
            select hour
            -- By number: a series of dates is one of the client's midnights, of which one may be missing.
            from generate_series(0, v_last - v_first) as n
            cross join lateral generate_series(
                app.day_start(v_first + n, zone), app.day_start(v_first + n + 1, zone) - interval '1 microsecond',
                '1 hour'
            ) as hour
            -- Only the first may begin before it: the others' ends are not asked for.
            where hour < until and case when hour > since then true else app.hour_after(hour, zone) > since end
            order by hour
        );
    end if;
    -- Weeks begin on Monday.
    return array(
        select app.day_start(day::date, zone)
        from generate_series(
            date_trunc(granularity, v_first::timestamp), v_last::timestamp, ('1 ' || granularity)::interval
        ) as day
        order by day
    );
end;
$$;

comment on function app.bucket_starts(timestamptz, timestamptz, text, text) is
'When the hours, days, weeks (from Monday) or months begin that a range touches; the first may begin before it.';
grant execute on function app.bucket_starts(timestamptz, timestamptz, text, text) to authenticated;
