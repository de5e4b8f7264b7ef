create function app.parse_events(events jsonb, at timestamptz) returns setof app.parsed_event
language plpgsql
stable
set search_path = ''
as $$
begin
    -- plpgsql keeps its plan; a pinned SQL function is planned at every call.
    return query
    select
        case when verdict.reason is null then (item.raw ->> 'i')::bigint end,
        case when verdict.reason is null then at - make_interval(
            secs => (least(greatest(coalesce((item.raw ->> 'g')::numeric, 0), 0), 604800000) / 1000)::double precision
        ) end,
        item.raw ->> 'c',
        left(item.raw ->> 'a', 64),
        case when verdict.reason is null then left(item.raw ->> 'l', 500) end,
        case when verdict.reason is null then round((item.raw ->> 'v')::numeric, 2) end,
        case when verdict.reason is null then app.clean_url(item.raw ->> 'u') end,
        case when verdict.reason is null then nullif(nullif(item.raw -> 'm', 'null'), '{}') end,
        verdict.reason,
        item.raw
    from jsonb_array_elements(events) with ordinality as item (raw, ordinal)
    -- Each kind of every field is looked at before it is cast: an event that can not be cast costs nobody but itself.
    cross join lateral (
        select case
            when jsonb_typeof(item.raw) = 'string' and app.has_huge_number(item.raw #>> '{}') then 'invalid_number'
            when jsonb_typeof(item.raw) <> 'object' then 'not_an_object'
            when coalesce(jsonb_typeof(item.raw -> 'i'), '') <> 'number' or item.raw ->> 'i' !~ '^[0-9]{1,16}$'
                or (item.raw ->> 'i')::numeric > 9007199254740991 then 'invalid_id'
            when coalesce(item.raw ->> 'c', '') not in ('page', 'interaction', 'conversion', 'system')
                then 'invalid_category'
            when coalesce(jsonb_typeof(item.raw -> 'a'), '') <> 'string'
                or length(item.raw ->> 'a') not between 1 and 64
                then 'invalid_action'
            when item.raw ->> 'c' = 'conversion' and app.intent_action(item.raw ->> 'a') is null
                then 'unknown_conversion'
            when coalesce(jsonb_typeof(item.raw -> 'g'), 'null') not in ('number', 'null') then 'invalid_age'
            when coalesce(jsonb_typeof(item.raw -> 'l'), 'null') not in ('string', 'null') then 'invalid_label'
            when coalesce(jsonb_typeof(item.raw -> 'v'), 'null') not in ('number', 'null')
                or abs((item.raw ->> 'v')::numeric) >= 100000000000 then 'invalid_value'
            when coalesce(jsonb_typeof(item.raw -> 'u'), 'null') not in ('string', 'null') then 'invalid_url'
            when coalesce(jsonb_typeof(item.raw -> 'm'), 'null') not in ('object', 'null')
                or length((item.raw -> 'm')::text) > 4096 then 'invalid_metadata'
        end as reason
    ) as verdict
    order by item.ordinal;
end;
$$;

comment on function app.parse_events(jsonb, timestamptz) is
'Casts each event of a batch on its own. Time is the server''s minus the stated age, clamped to '
'0-7 days.';
grant execute on function app.parse_events(jsonb, timestamptz) to app_definer;
