create function app.good_event(raw jsonb, at timestamptz, url text) returns app.parsed_event
language sql
stable
return (
    (raw -> 'i')::bigint,
    at - make_interval(
        secs => (least(greatest(coalesce((raw ->> 'g')::numeric, 0), 0), 604800000) / 1000)::double precision
    ),
    raw ->> 'c',
    left(raw ->> 'a', 64),
    left(raw ->> 'l', 500),
    round((raw ->> 'v')::numeric, 2),
    url,
    nullif(nullif(raw -> 'm', 'null'), '{}'),
    null,
    raw
)::app.parsed_event;

comment on function app.good_event(jsonb, timestamptz, text) is
'An event whose fields were looked at. Time is the server''s minus the stated age, clamped to 0-7 days.';
grant execute on function app.good_event(jsonb, timestamptz, text) to app_definer;
