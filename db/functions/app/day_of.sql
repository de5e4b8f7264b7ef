create function app.day_of(at timestamptz, zone text) returns date
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
declare
    v_day constant date := (at at time zone zone)::date;
begin
    -- Where clocks went back from after midnight to before it, the day of before went on.
    return v_day - (at < app.day_start(v_day, zone))::integer;
end;
$$;

comment on function app.day_of(timestamptz, text) is 'The day that begins at or before: app.day_start is its other side.';
grant execute on function app.day_of(timestamptz, text) to authenticated, app_definer;
