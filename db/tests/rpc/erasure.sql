-- Erasing a person: everything of theirs and nothing of anybody else's; the numbers stay; a restored backup is cleaned again.
begin;
select no_plan();
select tap.make_everyone();
update app.sites set conversion_hold = '0', undo_window = '10 minutes';

-- ayse: two visits of one browser, a sealed card with a note and her number, a withheld event; mehmet: another browser.
create function tap.visit(name text, visitor text, gclid text, site text default 'acme') returns uuid language plpgsql as $$
begin
    perform tap.send(
        name, jsonb_build_array(
            tap.event('page_view', '3 minutes') || '{"m": {"name": "secret-meta"}, "u": "https://acme.example/a?utm_source=x", "l": "secret-label"}',
            tap.event('phone_call', '1 minute', 'tel:0212 444 55 66')
        ), site, 'https://' || site || '.example/landing?gclid=' || gclid, jsonb_build_object('f', visitor)
    );
    return tap.card(name, site);
end;
$$;
select tap.headers();
select tap.visit('ayse 1', 'v-ayse-browser', 'gclid-ayse-1');
select tap.visit('ayse 2', 'v-ayse-browser', 'gclid-ayse-2');
select tap.visit('mehmet', 'v-mehmet-browser', 'gclid-mehmet');
select tap.visit('ayse at theirs', 'v-ayse-browser', 'gclid-ayse-1', 'neighbour');
update app.sessions set ip_prefix = '198.51.100.0/24';
update app.calls set caller_phone = '+905321112233' where id in (tap.card('ayse 1'), tap.card('ayse at theirs', 'neighbour'));
update app.calls set caller_phone = '+905329998877' where id = tap.card('mehmet');
-- entered by hand: no visit
insert into app.calls (site_id, source, intent_action, intent_stamp, tapped_at, last_tap_at, last_action, currency, caller_phone, note)
values (tap.site('acme'), 'manual', 'call', 'manual:1', now(), now(), 'call', 'TRY', '+905321112233', 'secret-by-hand');
insert into ops.bad_rows (site_id, reason, payload)
select tap.site('acme'), 'not_json', payload
from unnest(array[
    format('{"s":"%s","e":[', upper(tap.session('ayse 1')::text)), '{"f":"v-ayse-browser", "e":', 'v-mehmet-browser',
    -- her number as a form sent it; somebody's taps on the business's own
    '{"f":"v-other", "e":[{"a":"form_submit","m":{"call me":"0 (532) 111-22.33"}}',
    '{"f":"v-other", "e":[{"a":"form_submit","m":{"message":"Tel: 0532 111 22 33, WhatsApp: yok"}}',
    '{"f":"v-other", "e":[{"l":"tel:+902124445566"},{"l":"https://wa.me/902124445566"},{"l":"TEL:0212 444 55 66"}'
]) as payload;
insert into ops.bad_row_usage select site_id, sum(octet_length(payload)) from ops.bad_rows group by site_id;
select tap.become('editor');
select tap.judge('seal', tap.card('ayse 1'), note => 'secret-note');
select tap.judge('amend', tap.card('ayse 1'), amount => 120, note => 'secret-note-2');
select tap.judge('seal', tap.card('ayse 2'));
select tap.judge('seal', tap.card('mehmet'));
select tap.become_nobody();
update app.conversions set state = 'offered', offered_at = now() where subject_id = tap.session('ayse 1');
update app.conversions set state = 'accepted', offered_at = now(), decided_at = now() where subject_id = tap.session('ayse 2');

create function tap.numbers() returns jsonb language sql as $$
    select jsonb_build_object(
        'visits', (
            select jsonb_agg(to_jsonb(s) - array[
                'visitor_id', 'gclid', 'wbraid', 'gbraid', 'msclkid', 'fbclid', 'ttclid', 'clicked_at', 'ip_prefix', 'erased_at',
                -- a digest of what batches said: goes with them
                'said_hash'
            ] order by id, site_id) from app.sessions as s
        ),
        'cards', (
            select jsonb_agg(to_jsonb(c) - array[
                'visitor_id', 'click_id', 'click_id_type', 'clicked_at', 'caller_phone', 'note', 'undo_state', 'reference', 'erased_at', 'version',
                'updated_at', 'oci_status', 'oci_reason', 'oci_held_until'
            ] order by id) from app.calls as c
        ),
        'events', (select jsonb_agg(to_jsonb(e) - array['label', 'url', 'metadata'] order by id, site_id) from app.events as e)
    );
$$;
create temporary table numbers as select tap.numbers() as were;
create temporary table others as
select
    (select jsonb_agg(to_jsonb(s) order by id, site_id) from app.sessions as s where visitor_id = 'v-mehmet-browser' or site_id = tap.site('neighbour')) as visits,
    (select jsonb_agg(to_jsonb(c) order by id) from app.calls as c where caller_phone = '+905329998877' or site_id = tap.site('neighbour')) as cards,
    (select jsonb_agg(to_jsonb(c) order by id) from app.conversions as c where subject_id = tap.session('mehmet')) as conversions,
    (select jsonb_agg(to_jsonb(e) order by id, site_id) from app.events as e where session_id = tap.session('mehmet') or site_id = tap.site('neighbour')) as events;

-- Who may, and how a person is named
select is(tap.outcome(name, format('select api.erase_person(%L, phone => ''0532 111 22 33'')', tap.site('acme'))), want, name || ' erases')
from (values ('anon', '42501'), ('stranger', 'PT404'), ('neighbour', 'PT404'), ('viewer', 'PT403'), ('editor', 'PT403')) as who (name, want);
select is(tap.outcome(name, format('select api.export_person(%L, phone => ''0532 111 22 33'')', tap.site('acme'))), want, name || ' exports')
from (values ('anon', '42501'), ('stranger', 'PT404'), ('neighbour', 'PT404'), ('viewer', 'PT403'), ('editor', 'PT403')) as who (name, want);
select tap.become('owner');
select throws_ok(format('select api.erase_person(%L%s)', tap.site('acme'), args), 'PT400', message, message || ':' || args)
from (
    values
    ('', 'one_identifier'), (', ''v'', ''+905321112233''', 'one_identifier'), (', phone => ''nobody''', 'invalid_phone'),
    (', phone => ''123''', 'invalid_phone'), (', visitor_id => ''''', 'invalid_visitor'), (', ''v'', reason => ''she asked''', 'invalid_reason'),
    (', ''v'', reason => null', 'invalid_reason')
) as bad (args, message);
select results_eq(
    format('select sessions, calls, bad_rows, exported from api.erase_person(%L, phone => ''0212 444 55 66'')', tap.site('acme')),
    $$values (0::bigint, 0::bigint, 0::bigint, '[]'::jsonb)$$, 'the number dialled is nobody''s'
);

-- What is held
create temporary table document as
select api.export_person(tap.site('acme'), phone => '0 (532) 111-22-33')::text::jsonb as said, current_setting('response.headers') as headers;
select matches(headers, 'attachment; filename', 'a download') from document;
select is(
    (select jsonb_object_agg(part.key, jsonb_array_length(part.value)) from jsonb_each(said) as part where jsonb_typeof(part.value) = 'array'),
    '{"visitor_ids": 1, "phones": 1, "sessions": 2, "events": 4, "calls": 3, "conversions": 2, "unread": 4}', 'all of hers'
) from document;
select matches(said::text, word, 'with ' || word) from document
cross join unnest(array['secret-meta', 'secret-label', 'secret-note-2', 'secret-by-hand', 'gclid-ayse-2', '198.51.100.0']) as word;
select doesnt_match(said::text, 'mehmet|neighbour', 'and nothing of anybody else''s') from document;

-- Erased
create temporary table answer as select * from api.erase_person(tap.site('acme'), phone => '+90 532 111 22 33');
select tap.become_nobody();
select is((sessions, events, calls, bad_rows)::text, '(2,4,3,4)', 'so much was hers') from answer;
select is(
    (select array_agg(told ->> 'state' order by told ->> 'state') from jsonb_array_elements(exported) as told), array['accepted', 'offered'],
    'the platform may have these'
) from answer;
select is(
    (select count(*) from jsonb_array_elements(exported) as told join app.conversions on order_id = told ->> 'order_id'), 2::bigint, 'named by order id'
) from answer;
create function tap.left_of(word text) returns text language sql as $$
    select string_agg(found.place, ', ') from (
        select 'sessions' as place from app.sessions as t where site_id = tap.site('acme') and t::text ~ word
        union select 'events' from app.events as t where site_id = tap.site('acme') and t::text ~ word
        union select 'calls' from app.calls as t where site_id = tap.site('acme') and t::text ~ word
        union select 'conversions' from app.conversions as t where site_id = tap.site('acme') and t::text ~ word
        union select 'bad_rows' from ops.bad_rows as t where site_id = tap.site('acme') and t::text ~ word
        union select 'audit_log' from app.audit_log as t where t::text ~ word
        union select 'erasures' from ops.erasures as t where t::text ~ word
    ) as found;
$$;
select is(tap.left_of(word), null, 'nothing is left of ' || word)
from unnest(array['v-ayse', 'gclid-ayse', 'secret-note', 'secret-by-hand', '905321112233', upper(tap.session('ayse 1')::text)]) as word;
select is_empty(
    $$select from app.events where session_id = any (array[tap.session('ayse 1'), tap.session('ayse 2')]) and site_id = tap.site('acme')
        and (url is not null or metadata is not null or (label is not null and category <> 'conversion'))$$,
    'nor in her events'
);
select isnt_empty(
    $$select from app.events where session_id = tap.session('ayse 1') and label = 'tel:0212 444 55 66'$$, 'the number dialled is the business''s'
);
select is(tap.numbers(), were, 'what numbers are made of is as it was') from numbers;
select is(
    (select jsonb_agg(to_jsonb(s) order by id, site_id) from app.sessions as s where visitor_id = 'v-mehmet-browser' or site_id = tap.site('neighbour')),
    visits, 'others'' visits are untouched'
) from others;
select is(
    (select jsonb_agg(to_jsonb(c) order by id) from app.calls as c where caller_phone = '+905329998877' or site_id = tap.site('neighbour')), cards, 'their cards'
) from others;
select is((select jsonb_agg(to_jsonb(c) order by id) from app.conversions as c where subject_id = tap.session('mehmet')), conversions, 'their sales')
from others;
select is(
    (select jsonb_agg(to_jsonb(e) order by id, site_id) from app.events as e where session_id = tap.session('mehmet') or site_id = tap.site('neighbour')),
    events, 'their events'
) from others;
select is(
    (select bytes from ops.bad_row_usage where site_id = tap.site('acme')), (
        select sum(octet_length(payload)) from ops.bad_rows where payload ~ 'mehmet|0212'
    ), 'room of the bad rows is given back'
);
select results_eq(
    $$select state, reason, click_id from app.conversions where subject_id in (tap.session('ayse 1'), tap.session('ayse 2')) order by state$$,
    $$values ('accepted', 'erased', null::text), ('suppressed', 'erased', null)$$, 'nothing of hers is served'
);
select results_eq(
    $$select actor, after - 'sessions' - 'calls' - 'events' from app.audit_log where action = 'erase' and object_type = 'person' order by seq desc limit 1$$,
    format($$values (%L, '{"reason": "request", "bad_rows": 4, "exported": 2}'::jsonb)$$, 'user:' || tap.person('owner')), 'the audit log says that, not whom'
);
select is(ops.verify_audit(tap.site('acme')), null, 'the chain holds');

-- After it
select tap.become('editor');
select is(tap.judge('undo', tap.card('ayse 1')), 'confirmed', 'an undo brings back no note');
select is(note, null, 'none') from app.calls where id = tap.card('ayse 1');
select is(tap.judge('amend', tap.card('ayse 2'), amount => 5), 'confirmed', 'a sale can still be corrected here');
select is(tap.judge('cancel', tap.card('ayse 1')), 'cancelled', 'or fall through');
select tap.become_nobody();
select is((select count(*) from app.conversions where subject_id in (tap.session('ayse 1'), tap.session('ayse 2'))), 2::bigint, 'but nothing is told any more');
-- What comes late of an erased visit counts, and says nothing of who it was.
select tap.send(
    'ayse 1', jsonb_build_array(
        tap.event('page_view', '0') || '{"m": {"x": "secret-late"}, "u": "https://acme.example/late"}', tap.event('phone_call', '0', 'tel:0212 444 55 66')
    ), 'acme', 'https://acme.example/?gclid=gclid-ayse-1', '{"f": "v-ayse-browser"}'
);
select is(tap.left_of('v-ayse|gclid-ayse|secret-late|/late'), null, 'late events fill nothing in');
select is((select event_count::integer from app.sessions where id = tap.session('ayse 1') and site_id = tap.site('acme')), 4, 'but count');

-- Nobody known is remembered all the same; a later visit is new data.
select tap.become('owner');
select is((erased).sessions, 0::bigint, 'nobody is known by that') from (select api.erase_person(tap.site('acme'), 'v-unknown') as erased) as one;
select tap.become_nobody();
select is((select count(*) from ops.erasures where kind = 'visitor'), 2::bigint, 'remembered');
select pg_sleep(0.01);
select tap.visit('ayse 3', 'v-ayse-browser', 'gclid-ayse-3');
update app.sessions set received_at = clock_timestamp() where id = tap.session('ayse 3');
update app.calls set received_at = clock_timestamp() where session_id = tap.session('ayse 3');
select is(ops.repeat_erasures(), 0::bigint, 'nothing to clean up');
select is(visitor_id, 'v-ayse-browser', 'her new visit stays') from app.sessions where id = tap.session('ayse 3');

-- A backup brings it all back.
update app.sessions set visitor_id = 'v-ayse-browser', gclid = 'gclid-ayse-1', erased_at = null
where site_id = tap.site('acme') and id in (tap.session('ayse 1'), tap.session('ayse 2'));
alter table app.calls disable trigger calls_10_judge;
update app.calls set visitor_id = 'v-ayse-browser', note = 'secret-note', erased_at = null where id = tap.card('ayse 2');
update app.calls set caller_phone = '+905321112233', erased_at = null where intent_stamp = 'manual:1';
alter table app.calls enable trigger calls_10_judge;
select cmp_ok(ops.repeat_erasures(), '>=', 4::bigint, 'found again by their digests');
select is(tap.left_of('905321112233|gclid-ayse-1|secret-note'), null, 'and erased again');
select is(tap.left_of('v-ayse-browser'), 'calls, sessions', 'but for the new visit');
select is((select count(*) from app.sessions where visitor_id = 'v-ayse-browser' and site_id = tap.site('acme')), 1::bigint, 'which is one');
select is(ops.repeat_erasures(), 0::bigint, 'safe to repeat');
select is(actor, 'system', 'by nobody') from app.audit_log where action = 'erase' and object_type = 'person' order by at desc limit 1;

-- By visit, and the whole visitor with it
select tap.become('owner');
select is((erased).sessions, 1::bigint, 'a visit names its visitor')
from (select api.erase_person(tap.site('acme'), session_id => tap.session('ayse 3'), reason => 'authority') as erased) as one;
select tap.become_nobody();
select is(tap.left_of('v-ayse'), null, 'gone');
select is((select count(*) from app.sessions where visitor_id = 'v-ayse-browser'), 1::bigint, 'at the neighbour she is still known');
select is(ops.verify_audit(tap.site('acme')), null, 'the chain holds still');

select * from finish();
rollback;
