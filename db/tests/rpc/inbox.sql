-- recent_intents: filters, search, paging both ways, what a card shows. reads.sql holds its paging and refusals.
begin;
select no_plan();
select tap.make_everyone();

create function tap.found(
    status text default null, action text default null, ads_only boolean default false, search text default null
) returns text language plpgsql as $$
declare
    v_names text;
begin
    select string_agg(visit, ' ' order by visit) into v_names
    from unnest(array['form', 'phone', 'plain', 'wa']) as visit
    where tap.session(visit) in (
        select session_id from api.recent_intents(tap.site('acme'), found.status, found.action, found.ads_only, found.search)
    );
    return v_names;
end;
$$;

select tap.lead('phone', 'click-1', '1 hour', query => 'utm_campaign=' || v.campaign || '&utm_term=' || v.keyword)
from (values ('%C5%9Ei%C5%9Fli%20Acil', '%C4%B0zmir%20%C3%A7ilingir')) as v (campaign, keyword);
select tap.lead('wa', 'click-2', '50 minutes', action => 'whatsapp');
select tap.lead('form', null, '40 minutes', action => 'form_submit', query => 'utm_source=mail');
select tap.lead('plain', null, '30 minutes', query => 'utm_term=100%25%20garanti');
update app.calls set caller_phone = '+905327654321', note = 'IŞIK hanım: kapı kilidi (3. kat)', intent_target = 'tel:+902121112233', reference = '7KQ2ZX'
where id = tap.card('plain');

select tap.become('viewer');
select is(tap.found(), 'form phone plain wa', 'no filter: all');
select is(tap.found(action => action), want, action)
from (values ('phone', 'phone plain'), ('whatsapp', 'wa'), ('form', 'form'), ('call', null)) as it (action, want);
select is(tap.found(ads_only => true), 'phone wa', 'ads only');
select is(tap.found(action => 'phone', ads_only => true), 'phone', 'two filters');
select is(tap.found(search => search), want, format('search %L', search))
from (
    values
    ('0532 765 43 21', 'plain'), ('+90 (532) 765-4321', 'plain'), ('00905327654321', 'plain'), ('7654321', 'plain'), ('0212 111', 'plain'),
    ('5327654322', null), ('+90 (0) 532 765 43 21', 'plain'), ('tel:0532 765 43 21', 'plain'), ('https://wa.me/905327654321', 'plain'),
    ('wa.me/905327654321', 'plain'), ('whatsapp://send?phone=905327654321', 'plain'), ('https://api.whatsapp.com/send?phone=%2B905327654321&text=x', 'plain'),
    -- as programs hand a number over: between marks of direction, with other blanks and dashes
    (U&'\202A+90 532 765 43 21\202C', 'plain'), (U&'0532\00A0765\202F43\200921', 'plain'), (U&'0532\2013765\201143\221221', 'plain'), ('０５３２ ７６５ ４３ ２１', 'plain'),
    ('-', null), (U&'\202A\202C', null), ('0532 765 43 21 hanım', null), ('whatsapp://send?text=x', null),
    ('izmir', 'phone'), ('IZMIR', 'phone'), ('İZMİR', 'phone'), ('ızmır', 'phone'), ('i̇zmi̇r', 'phone'), ('cilingir', 'phone'), ('ÇİLİNGİR', 'phone'),
    ('SISLI', 'phone'), ('şişli  acil', 'phone'), ('şişliacil', null),
    ('ışık', 'plain'), ('isik HANIM', 'plain'), ('kapi kilidi (3. kat)', 'plain'), ('kilidi (3x kat', null),
    ('100% garanti', 'plain'), ('100_ garanti', null), ('%%', null), ('.*', null), ('[a-z]', null), ('\', null),
    ('Merhaba, fiyat? (ref. 7KQ2ZX)', 'plain'), ('7kq2zx', 'plain'), ('Merhaba 7KQ2Z', null),
    ('', 'form phone plain wa'), ('  ', 'form phone plain wa')
) as try (search, want);

-- an address, as it stands in a browser's line or in a report, finds the page that is kept of it
select tap.become_nobody();
update app.calls set entry_page = page
from (values ('phone', '/oto-cilingir?utm_source=google&utm_medium=cpc'), ('wa', '/oto-cilingir'), ('form', '/oto-cilingir/kadikoy'), ('plain', '/')) as v (visit, page)
where id = tap.card(visit);
update app.calls set note = 'https://forum.example/konu?id=5 adresinden' where id = tap.card('form');
select tap.become('viewer');
select is(tap.found(search => search), want, format('address %L', search))
from (
    values
    ('https://acme.example/oto-cilingir?gclid=Cj0KCQ', 'phone wa'), ('http://www.acme.example:443/oto-cilingir#fiyat', 'phone wa'),
    ('acme.example/oto-cilingir?gad_source=1', 'phone wa'), ('/oto-cilingir?gclid=x', 'phone wa'),
    ('https://acme.example/oto-cilingir?utm_source=google&gclid=x', 'phone'), ('https://acme.example/oto-cilingir?utm_source=bing', null),
    ('https://acme.example/oto-cilingir?gclid=' || repeat('x', 600), 'phone wa'),
    ('https://acme.example/oto', null), ('https://acme.example/', 'plain'), ('https://acme.example', 'plain'), ('/oto', 'form phone wa'),
    ('https://forum.example/konu?id=5', 'form'), ('acme.example', null)
) as try (search, want);
select throws_ok(format('select api.recent_intents(tap.site(''acme''), %s)', arguments), 'PT400', message, arguments)
from (
    values
    ('action => ''fax''', 'invalid_action'), ('direction => ''up''', 'invalid_direction'), ('direction => null', 'invalid_direction'),
    (format('search => %L', repeat('x', 301)), 'invalid_search'),
    (format('search => %L', 'https://acme.example/' || repeat('x', 2000)), 'invalid_search')
) as try (arguments, message);

-- paging towards the newer
select tap.become_nobody();
update app.calls set received_at = now() - n * interval '1 minute'
from (values ('plain', 1), ('form', 2), ('wa', 3), ('phone', 4)) as v (visit, n) where id = tap.card(visit);
create function tap.page(visit text, direction text, size integer) returns text language sql as $$
    select string_agg(names.visit, ' ' order by card.ordinality)
    from rows from (api.recent_intents(
        tap.site('acme'), page_size => page.size, direction => page.direction,
        cursor => (select cursor from api.recent_intents(tap.site('acme')) where session_id = tap.session(page.visit))
    )) with ordinality as card
    join unnest(array['form', 'phone', 'plain', 'wa']) as names (visit) on tap.session(names.visit) = card.session_id;
$$;
select tap.become('viewer');
select is(tap.page(visit, direction, size), want, format('%s %s than %s', size, direction, coalesce(visit, 'nothing')))
from (
    values
    ('wa', 'newer', 1, 'form'), ('wa', 'newer', 5, 'plain form'), ('plain', 'newer', 5, null), ('phone', 'newer', 2, 'form wa'),
    ('wa', 'older', 5, 'phone'), (null, 'newer', 2, 'wa phone'), (null, 'older', 2, 'plain form')
) as try (visit, direction, size, want);

-- total
select is((select array_agg(distinct total) from api.recent_intents(tap.site('acme'), page_size => 1, with_total => true)), array[4::bigint], 'total of all');
select is((select max(total) from api.recent_intents(tap.site('acme'), 'intent', 'phone', page_size => 1, with_total => true)), 2::bigint, 'total of what is filtered');
select is((select max(total) from api.recent_intents(tap.site('acme'))), null, 'no total where none is asked for');

-- what a card shows
select is(
    (select (session_seconds, session_events, session_page_views, keyword, utm_campaign) from api.recent_intents(tap.site('acme'), action => 'phone', ads_only => true)),
    (20, 2, 1, 'İzmir çilingir'::text, 'Şişli Acil'::text), 'facts of the visit'
);
select tap.become('editor');
select is(tap.judge('seal', tap.card('wa')), 'confirmed', 'sealed');
select tap.become('viewer');
select is((select (sealed_by_name, judged_by_name) from api.recent_intents(tap.site('acme'), 'confirmed')), ('editor'::text, 'editor'::text), 'by whom');
select tap.become_nobody();
delete from app.site_members where user_id = tap.person('editor');
select tap.become('viewer');
select is((select sealed_by_name from api.recent_intents(tap.site('acme'), 'confirmed')), 'editor', 'who left the site keeps their name in its history');
select is_empty(
    $$select * from access.people(tap.site('acme'), array[tap.person('stranger'), tap.person('neighbour')])$$, 'who never was here has no name here'
);
select is_empty(
    $$select * from access.people(tap.site('neighbour'), array[tap.person('neighbour')])$$, 'people of a site that one does not see'
);
select is((select email from access.people(tap.site('acme'), array[tap.person('editor')])), null, 'no address of who left');
select tap.become_nobody();
select set_config('tap.left', tap.person('editor')::text, true);
update app.profiles set display_name = null where id = tap.person('editor');
select tap.become('viewer');
select is((select name from access.people(tap.site('acme'), array[current_setting('tap.left')::uuid])), 'editor', 'nor where their name would stand');

-- deleted cards
select tap.become_nobody();
update app.calls set deleted_at = now() where id = tap.card('form');
select tap.become('viewer');
select is(tap.found(), 'phone plain wa', 'a deleted card is not listed');

select * from finish();
rollback;
