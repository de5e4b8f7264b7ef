create function app.day_start(day date, zone text) returns timestamptz
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
declare
    v_midnight constant timestamptz := day::timestamp at time zone zone;
begin
    -- Of a midnight that comes twice PostgreSQL takes the second: a minute before it is the same day.
    return case
        when ((v_midnight - interval '1 minute') at time zone zone)::date = day then v_midnight - interval '1 hour'
        else v_midnight
    end;
end;
$$;

comment on function app.day_start(date, text) is
'When a day begins in a zone: its first moment, also where midnight comes twice or not at all.';
grant execute on function app.day_start(date, text) to authenticated, app_definer;
