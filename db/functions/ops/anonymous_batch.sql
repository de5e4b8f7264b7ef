create function ops.anonymous_batch(doc jsonb) returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
begin
    -- From here on nothing else of it can be stored, not even as a bad row.
    return jsonb_build_object('k', doc -> 'k', 'c', doc -> 'c', 'e', coalesce((
        select jsonb_agg(jsonb_build_object(
            'i', event.raw -> 'i', 'g', event.raw -> 'g', 'c', 'conversion', 'a', event.raw -> 'a', 'l',
                event.raw -> 'l'
        ))
        from jsonb_array_elements(doc -> 'e') as event (raw)
        where event.raw ->> 'c' = 'conversion'
    ), '[]'));
end;
$$;

comment on function ops.anonymous_batch(jsonb) is
'What may be looked at of a batch without consent: the taps, with target and time, no visitor, no '
'session, no page.';
grant execute on function ops.anonymous_batch(jsonb) to app_definer;
