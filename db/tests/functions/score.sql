begin;
select no_plan();

select is(app.score(signals), want, format('%s points for %s', want, signals))
from (
    values
    ('{}'::text[], 0),
    ('{conversion}', 50),
    ('{interaction}', 10),
    ('{interaction,scroll_50}', 20),
    ('{interaction,scroll_50,scroll_90}', 40),
    ('{interaction,hover_contact}', 25),
    ('{google_referrer}', 5),
    ('{returning_ads}', 25),
    ('{conversion,interaction,scroll_50,scroll_90}', 90),
    ('{conversion,interaction,scroll_50,scroll_90,hover_contact}', 100),
    ('{conversion,interaction,scroll_50,scroll_90,hover_contact,google_referrer,returning_ads}', 100),
    ('{invented}', 0)
) as example (signals, want);

select is(
    app.score_breakdown('{conversion,google_referrer}'),
    '{"total": 55, "signals": {"conversion": 50, "google_referrer": 5}}', 'the breakdown says why'
);
select is(app.score_breakdown('{}'), '{"total": 0, "signals": {}}', 'the breakdown of nothing');

select is(
    app.signals_of(category, action, value), want,
    format('signals of %s %s %s', category, action, value)
)
from (
    values
    ('conversion', 'phone_call', null, '{conversion}'::text[]),
    ('interaction', 'scroll', 49, '{interaction}'),
    ('interaction', 'scroll', 50, '{interaction,scroll_50}'),
    ('interaction', 'scroll', 89.99, '{interaction,scroll_50}'),
    ('interaction', 'scroll', 90, '{interaction,scroll_50,scroll_90}'),
    ('interaction', 'scroll', null, '{interaction}'),
    ('interaction', 'hover_contact', null, '{interaction,hover_contact}'),
    ('interaction', 'opened_gallery', null, '{interaction}'),
    ('page', 'page_view', null, '{}'),
    ('system', 'heartbeat', null, '{}')
) as example (category, action, value, want);

-- risk: a reason each
select tap.make_everyone();
select is(
    app.risk_reasons(jsonb_populate_record(null::app.sessions, jsonb_build_object(
        'gclid', gclid, 'event_count', events, 'is_bot', bot,
        'first_event_at', now(), 'last_event_at', now() + seconds * interval '1 second'
    ))),
    want, 'risk: ' || why
)
from (
    values
    ('x', 2, 3, false, '{}'::text[], 'nothing'),
    (null, 2, 3, false, '{no_click_id}', 'no click id'),
    ('x', 2, 2.999, false, '{short_session}', 'under three seconds'),
    ('x', 1, 3, false, '{single_event}', 'one event only'),
    ('x', 2, 3, true, '{bot}', 'a machine'),
    (null, 0, 0, true, '{no_click_id,short_session,single_event,bot}', 'all of them')
) as example (gclid, events, seconds, bot, want, why);

select * from finish();
rollback;
