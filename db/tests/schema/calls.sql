begin;
select no_plan();
select tap.make_everyone();
select tap.lead('visit', 'click');

select throws_ok(
    format('update app.calls set %I = %s', setting, value), '23514', null, format('%s refuses %s', setting, value)
)
from (
    values
    ('source', '''fax'''),
    ('intent_action', '''shout'''),
    ('last_action', '''shout'''),
    ('click_id_type', '''dclid'''),
    ('click_id', 'null'),
    ('session_month', 'null'),
    ('lead_score', '101'),
    ('lead_score', '-1'),
    ('risk', '''medium'''),
    ('currency', '''TL'''),
    ('note', 'repeat(''x'', 2001)'),
    ('caller_phone', '''0532 111 22 33'''),
    ('caller_phone', '''+90'''),
    ('oci_status', '''lost''')
) as example (setting, value);
savepoint before;
update app.calls set status = 'confirmed', sale_amount = 1, judged_action = 'seal';
select throws_ok('update app.calls set sale_amount = -0.01', '23514', null, 'sale_amount refuses a debt');
select throws_ok('update app.calls set sale_amount = 10000000000', '22003', null, 'sale_amount refuses 1e10');
select throws_ok('update app.calls set sealed_at = null', '23514', null, 'what is sealed has its time');
rollback to before;

-- one open card per session
select throws_ok(
    $$
    insert into app.calls (site_id, session_id, session_month, intent_action, intent_stamp, tapped_at, last_tap_at, last_action, currency)
    select site_id, session_id, session_month, 'phone', 'another', now(), now(), 'phone', 'TRY' from app.calls
    $$,
    '23505', null, 'a session has one open card'
);
select throws_ok(
    $$
    insert into app.calls (site_id, intent_action, intent_stamp, tapped_at, last_tap_at, last_action, currency)
    select site_id, 'phone', intent_stamp, now(), now(), 'phone', 'TRY' from app.calls
    $$,
    '23505', null, 'an event opens one card'
);
select lives_ok(
    $$
    insert into app.calls (site_id, session_id, session_month, intent_action, intent_stamp, tapped_at, last_tap_at, last_action, currency)
    select tap.site('neighbour'), session_id, session_month, 'phone', intent_stamp, now(), now(), 'phone', 'TRY' from app.calls
    $$,
    'the same session id at another site is another session'
);
delete from app.calls where site_id = tap.site('neighbour');
-- the trigger's upsert names the partial index word by word: no 42P10
select is(tap.send('visit', tap.event('whatsapp', label => 'https://wa.me/905321112233')) ->> 'status', 'stored', 'a further tap is stored');
select results_eq(
    'select phone_clicks, whatsapp_clicks, last_action, last_target, version from app.calls',
    $$values (1, 1, 'whatsapp', 'wa:+905321112233', 1)$$, 'and joins the open card without raising its version'
);
select is(tap.send('visit', tap.event('phone_call', '10 minutes', 'tel:112')) ->> 'status', 'stored', 'an older tap arrives late');
select results_eq(
    'select phone_clicks, last_action, last_target from app.calls', $$values (2, 'whatsapp', 'wa:+905321112233')$$,
    'it is counted, and is not the last'
);

-- a replay counts nothing twice
create temporary table tap_again as select tap.event('phone_call', label => 'tel:0532 111 22 33') as event;
select is(tap.send('replay', event) ->> 'status', 'stored', 'first time') from tap_again;
select is(tap.send('replay', event) ->> 'status', 'duplicate', 'second time') from tap_again;
select is(phone_clicks, 1, 'one tap') from app.calls where session_id = tap.session('replay');
select tap.become('editor');
select is((api.junk(tap.card('replay'), 1)).status, 'junk', 'judged');
select tap.become_nobody();
select is(tap.send('replay', event) ->> 'status', 'duplicate', 'third time') from tap_again;
select is((select count(*) from app.calls where session_id = tap.session('replay')), 1::bigint, 'a judged card does not come back');
delete from app.events where session_id = tap.session('replay');
select is(tap.send('replay', event) ->> 'status', 'stored', 'its month was retired in between') from tap_again;
select is((select count(*) from app.calls where session_id = tap.session('replay')), 1::bigint, 'and still it does not come back');
select is(tap.send('replay', tap.event('phone_call')) ->> 'status', 'stored', 'a new tap after the judgement');
select is((select count(*) from app.calls where session_id = tap.session('replay')), 2::bigint, 'opens a new card');

-- what the card shows
select tap.lead('rich', 'abc', query => 'utm_source=google&utm_medium=cpc&utm_campaign=kampanya&utm_term=%C3%A7ilingir&matchtype=E&gbraid=never');
select results_eq(
    $$
    select is_ads, click_id_type, click_id, attribution, utm_source, utm_medium, utm_campaign, utm_term, matchtype, device_type,
        device_os, intent_target, currency, lead_score, risk
    from app.calls where session_id = tap.session('rich')
    $$,
    $$
    values (true, 'gclid', 'abc', 'First Click (Paid)', 'google', 'cpc', 'kampanya', 'çilingir', 'e', 'mobile', 'Android',
        'tel:+905321112233', 'TRY', 50, 'low')
    $$,
    'a card snapshots the visit'
);
select is(risk_reasons, '{no_click_id,short_session,single_event}', 'a lonely tap has its reasons')
from app.calls where id = (select tap.card('lonely') from tap.send('lonely', tap.event('phone_call')));

-- estimated value: median of the keyword's sales, else the site's default
update app.sites set default_lead_value = 75 where name = 'acme';
select tap.become('editor');
select is((api.seal(tap.card('rich'), 100, 'TRY', 1)).status, 'confirmed', 'a sale of the keyword');
select is(tap.lead('rich 2', 'abd', query => 'utm_term=%C3%A7ilingir') is not null, true, 'the next visit of the keyword');
select is(estimated_value, 100.00, 'is estimated by it') from app.calls where session_id = tap.session('rich 2');
select is((api.seal(tap.card('rich 2'), 300, 'TRY', 1)).status, 'confirmed', 'another sale');
select tap.lead('rich 3', 'abe', query => 'utm_term=%C3%A7ilingir');
select is(estimated_value, 200.00, 'the median of two') from app.calls where session_id = tap.session('rich 3');
select tap.lead('poor', 'abf', query => 'utm_term=unheard');
select is(estimated_value, 75.00, 'a keyword without sales: the site''s default') from app.calls where session_id = tap.session('poor');
select tap.become_nobody();
select tap.lead('next door', 'abg', site => 'neighbour', query => 'utm_term=%C3%A7ilingir');
select is(estimated_value, null, 'the neighbour learns nothing of it') from app.calls where session_id = tap.session('next door');

-- the clock
update app.calls set note = 'x', updated_at = 'epoch' where session_id = tap.session('poor');
select is(updated_at, now(), 'updated_at is the trigger''s') from app.calls where session_id = tap.session('poor');

-- several sites and sessions in one statement: the trigger is one per statement
select is((select count(*) from app.calls where status = 'intent' group by site_id, session_id having count(*) > 1), null, 'never two open ones');

select throws_ok(
    $$
    insert into app.conversions (
        site_id, subject_id, call_id, kind, round, order_id, conversion_name, occurred_at, amount, currency, state, held_until
    ) select site_id, session_id, gen_random_uuid(), 'conversion', 1, 'om-' || repeat('0', 32), 'x', now(), 1, 'TRY', 'suppressed', now()
    from app.calls limit 1
    $$,
    '23514', null, 'what is suppressed says why'
);

select * from finish();
rollback;
