create function app.frozen_until(raw_from timestamptz, zone text) returns timestamptz
language sql
immutable
parallel safe
return case
    when isfinite(raw_from) then app.day_start(app.day_of(raw_from - interval '1 microsecond', zone) + 1, zone)
    else raw_from
end;

comment on function app.frozen_until(timestamptz, text) is
'End of the last day that retired months reach into: whose visits are never read raw nor made again.';
grant execute on function app.frozen_until(timestamptz, text) to authenticated;
