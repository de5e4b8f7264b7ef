begin;
select no_plan();

-- Each bad field between two good neighbours: it costs only its own event.
select is(
    (
        -- the neighbours by their ids, what stands between them in the middle
        select array_agg(coalesce(event.reason, 'ok') order by case event.id when 1 then 1 when 3 then 3 else 2 end)
        from app.parse_events(
            jsonb_build_array('{"i":1,"c":"page","a":"page_view"}'::jsonb, bad::jsonb, '{"i":3,"c":"page","a":"page_view"}'::jsonb),
            now()
        ) as batch
        cross join lateral unnest(batch.taps || batch.others || batch.bad) as event
    ),
    array['ok', want, 'ok'], format('%s: %s', want, left(bad, 80))
)
from (
    values
    ('1', 'not_an_object'),
    ('"text"', 'not_an_object'),
    ('null', 'not_an_object'),
    ('[]', 'not_an_object'),
    ('{}', 'invalid_id'),
    ('{"i":"1","c":"page","a":"x"}', 'invalid_id'),
    ('{"i":-1,"c":"page","a":"x"}', 'invalid_id'),
    ('{"i":1.5,"c":"page","a":"x"}', 'invalid_id'),
    ('{"i":9007199254740992,"c":"page","a":"x"}', 'invalid_id'),
    ('{"i":1e300,"c":"page","a":"x"}', 'invalid_id'),
    ('{"i":null,"c":"page","a":"x"}', 'invalid_id'),
    ('{"i":2,"a":"x"}', 'invalid_category'),
    ('{"i":2,"c":"Page","a":"x"}', 'invalid_category'),
    ('{"i":2,"c":["page"],"a":"x"}', 'invalid_category'),
    ('{"i":2,"c":"page"}', 'invalid_action'),
    ('{"i":2,"c":"page","a":""}', 'invalid_action'),
    ('{"i":2,"c":"page","a":7}', 'invalid_action'),
    ('{"i":2,"c":"page","a":"' || repeat('x', 65) || '"}', 'invalid_action'),
    ('{"i":2,"c":"conversion","a":"telepathy"}', 'unknown_conversion'),
    ('{"i":2,"c":"page","a":"x","g":"soon"}', 'invalid_age'),
    ('{"i":2,"c":"page","a":"x","g":[]}', 'invalid_age'),
    ('{"i":2,"c":"page","a":"x","l":7}', 'invalid_label'),
    ('{"i":2,"c":"page","a":"x","l":{}}', 'invalid_label'),
    ('{"i":2,"c":"page","a":"x","v":"90"}', 'invalid_value'),
    ('{"i":2,"c":"page","a":"x","v":1e12}', 'invalid_value'),
    ('{"i":2,"c":"page","a":"x","v":-1e300}', 'invalid_value'),
    ('{"i":2,"c":"page","a":"x","u":7}', 'invalid_url'),
    ('{"i":2,"c":"page","a":"x","m":[]}', 'invalid_metadata'),
    ('{"i":2,"c":"page","a":"x","m":"text"}', 'invalid_metadata'),
    ('{"i":2,"c":"page","a":"x","m":{"k":"' || repeat('x', 5000) || '"}}', 'invalid_metadata'),
    -- and what looks odd but is fine
    ('{"i":0,"c":"page","a":"x"}', 'ok'),
    ('{"i":9007199254740991,"c":"page","a":"x"}', 'ok'),
    ('{"i":2,"c":"page","a":"x","g":null,"l":null,"v":null,"u":null,"m":null}', 'ok'),
    ('{"i":2,"c":"page","a":"x","g":-5}', 'ok'),
    ('{"i":2,"c":"page","a":"x","g":1e300}', 'ok'),
    ('{"i":2,"c":"page","a":"x","l":"' || repeat('x', 9000) || '"}', 'ok'),
    ('{"i":2,"c":"page","a":"x","v":90.555,"unknown":[1]}', 'ok')
) as example (bad, want);

-- the time is the server's, minus the age, within 0 to 7 days
select is(
    (select now() - batch.others[1].occurred_at from app.parse_events(jsonb_build_array(jsonb_build_object(
        'i', 1, 'c', 'page', 'a', 'x', 'g', age
    )), now()) as batch),
    want::interval, format('an age of %s ms', age)
)
from (
    values
    (0::numeric, '0'),
    (null, '0'),
    (1500, '1.5 seconds'),
    (-1, '0'),
    (604800000, '7 days'),
    (604800001, '7 days'),
    (1e300, '7 days')
) as example (age, want);

create temporary view parsed as
select event.* from app.parse_events(
    jsonb_build_array(jsonb_build_object(
        'i', 7, 'c', 'interaction', 'a', 'scroll', 'l', repeat('ç', 600), 'v', 90.555, 'u', 'https://acme.example/a?token=x', 'm', '{}'::jsonb
    )), now()
) as batch
cross join lateral unnest(batch.others) as event;
select is(length(label), 500, 'a label is cut') from parsed;
select is(value, 90.56, 'a value has two decimals') from parsed;
select is(url, '/a', 'an address is cleaned') from parsed;
select is(metadata, null, 'empty metadata is none') from parsed;
select is(id, 7::bigint, 'the id is the browser''s') from parsed;

select * from finish();
rollback;
