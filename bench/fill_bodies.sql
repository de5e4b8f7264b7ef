-- Eight batches a visit, 64 visits under way at a time, each from an address of its own.
insert into bench.bodies
select
    n,
    jsonb_build_object(
        'user-agent', 'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/126.0.0.0 Mobile Safari/537.36',
        'origin', 'https://bench.example', 'x-proxy-secret', repeat('p', 40), 'x-geo-country', 'TR',
        'x-real-ip', format('10.%%s.%%s.9', visit / 250 %% 250, visit %% 250), 'content-type', 'text/plain'
    )::text,
    jsonb_build_object(
        'k', %(key)s::text, 's', md5('bench' || visit)::uuid, 'f', md5('visitor' || visit), 'v', '1.1.0',
        'c', '{"a": 1, "m": 1}'::jsonb,
        'p', jsonb_build_object('u', page, 'r', 'https://www.google.com/', 'sw', 412),
        'e', jsonb_build_array(jsonb_build_object(
            'i', n, 'g', 100, 'u', page,
            'c', case step when 7 then case when visit %% 8 = 0 then 'conversion' else 'interaction' end
                when 0 then 'page' when 2 then 'system' else 'interaction' end,
            'a', case step when 7 then case when visit %% 8 = 0 then 'phone_call' else 'click' end
                when 0 then 'page_view' when 2 then 'heartbeat' else 'scroll' end,
            'l', case when step = 7 and visit %% 8 = 0 then 'tel:05321112233' end,
            'v', case when step in (1, 3, 4, 5, 6) then step * 15 end
        ))
    )::text
from generate_series(0, %(count)s) as n
cross join lateral (select n / 512 * 64 + n %% 64 as visit, n %% 512 / 64 as step) as place
cross join lateral (
    select 'https://bench.example/oto-cilingir/istanbul-kadikoy?gclid=Cj0KCQjw6cHoBhDdARIsADiTTzZf9vWl2kq3mX8bR7sYt1nUeLp'
        || visit || '&utm_source=google&utm_medium=cpc&utm_campaign=tr-oto-cilingir&utm_term=oto%%20cilingir&matchtype=p'
        as page
) as url
