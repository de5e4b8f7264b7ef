create function app.parse_events(
    events jsonb, at timestamptz,
    out taps app.parsed_event[], out others app.parsed_event[], out bad app.parsed_event[], out signals text[]
) returns record
language plpgsql
stable
as $$
declare
    v_raw jsonb;
    v_reason text;
    v_url text;
    v_clean text;
    v_signals text[];
begin
    signals := '{}';
    -- A loop, not a query: what a query prepares for each batch costs more than one event.
    for v_place in 0 .. jsonb_array_length(events) - 1 loop
        v_raw := events -> v_place;
        -- Each kind of every field is looked at before it is cast: an event that can not be cast costs nobody but
        -- itself.
        v_reason := case
            when jsonb_typeof(v_raw) = 'string' and app.has_huge_number(v_raw #>> '{}') then 'invalid_number'
            when jsonb_typeof(v_raw) <> 'object' then 'not_an_object'
            when coalesce(jsonb_typeof(v_raw -> 'i'), '') <> 'number' or v_raw ->> 'i' !~ '^[0-9]{1,16}$'
                or (v_raw -> 'i')::bigint > 9007199254740991 then 'invalid_id'
            when coalesce(v_raw ->> 'c', '') not in ('page', 'interaction', 'conversion', 'system')
                then 'invalid_category'
            when coalesce(jsonb_typeof(v_raw -> 'a'), '') <> 'string'
                or length(v_raw ->> 'a') not between 1 and 64
                then 'invalid_action'
            when v_raw ->> 'c' = 'conversion' and app.intent_action(v_raw ->> 'a') is null
                then 'unknown_conversion'
            when jsonb_typeof(v_raw -> 'g') not in ('number', 'null') then 'invalid_age'
            when jsonb_typeof(v_raw -> 'l') not in ('string', 'null') then 'invalid_label'
            when jsonb_typeof(v_raw -> 'v') not in ('number', 'null')
                or abs((v_raw ->> 'v')::numeric) >= 100000000000 then 'invalid_value'
            when jsonb_typeof(v_raw -> 'u') not in ('string', 'null') then 'invalid_url'
            when jsonb_typeof(v_raw -> 'm') not in ('object', 'null')
                or length((v_raw -> 'm')::text) > 4096 then 'invalid_metadata'
        end;
        if v_reason is not null then
            bad := array_append(bad, (
                null, null, v_raw ->> 'c', left(v_raw ->> 'a', 64), null, null, null, null, v_reason, v_raw
            )::app.parsed_event);
            continue;
        end if;
        if v_raw ->> 'u' is distinct from v_url then
            -- Neighbours mostly tell of the same page.
            v_url := v_raw ->> 'u';
            v_clean := app.clean_url(v_url);
        end if;
        if v_raw ->> 'c' = 'conversion' then
            taps := array_append(taps, app.good_event(v_raw, at, v_clean));
        else
            others := array_append(others, app.good_event(v_raw, at, v_clean));
            if v_raw ->> 'c' = 'interaction' then
                v_signals := app.signals_of('interaction', v_raw ->> 'a', round((v_raw ->> 'v')::numeric, 2));
                if not v_signals <@ signals then
                    signals := signals || v_signals;
                end if;
            end if;
        end if;
    end loop;
end;
$$;

comment on function app.parse_events(jsonb, timestamptz) is
'Casts each event of a batch on its own: taps, other good events, and bad ones, each in its order; null where there '
'are none. signals: what the others add to the score.';
grant execute on function app.parse_events(jsonb, timestamptz) to app_definer;
