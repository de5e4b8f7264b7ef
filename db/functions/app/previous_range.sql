create function app.previous_range(
    since timestamptz, until timestamptz, zone text, out starts_at timestamptz, out ends_at timestamptz
)
language plpgsql
immutable
set search_path = ''
as $$
declare
    v_since timestamp := since at time zone zone;
    v_until timestamp := until at time zone zone;
    v_days integer := greatest(1, ceil(extract(epoch from v_until - v_since) / 86400));
begin
    v_since := v_since - make_interval(days => v_days);
    v_until := v_until - make_interval(days => v_days);
    starts_at := v_since at time zone zone;
    ends_at := v_until at time zone zone;
    -- Of a time that comes twice the first, as days begin.
    if (starts_at - interval '1 hour') at time zone zone = v_since then
        starts_at := starts_at - interval '1 hour';
    end if;
    if (ends_at - interval '1 hour') at time zone zone = v_until then
        ends_at := ends_at - interval '1 hour';
    end if;
    -- A range in an hour that there was not that day is empty.
    ends_at := greatest(starts_at, ends_at);
end;
$$;

comment on function app.previous_range(timestamptz, timestamptz, text) is
'The range to compare with: as many whole local days back as the range is long, rounded up. So today '
'until 14:35 is held against yesterday until 14:35, and a whole month against the days right before it.';
grant execute on function app.previous_range(timestamptz, timestamptz, text) to authenticated;
