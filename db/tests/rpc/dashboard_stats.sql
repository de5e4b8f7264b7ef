begin;
select no_plan();
select tap.make_everyone();
update app.sites set time_zone = 'Europe/Istanbul', assumed_cpc = 12.5 where name = 'acme';

-- Yesterday's local midnight: the day before it, and the day it opens, are over whenever this runs.
create temporary view clock as
select (date_trunc('day', now() at time zone 'Europe/Istanbul') - interval '1 day') at time zone 'Europe/Istanbul' as midnight;
grant select on clock to authenticated;

create function tap.visit(session text, at timestamptz, query text default 'gclid=x', events text[] default '{page_view}', visitor text default null)
returns text language plpgsql as $$
begin
    return tap.send(
        session,
        (select jsonb_agg(tap.event(action, now() - visit.at - (n - 1) * interval '5 seconds', 'tel:112'))
            from unnest(events) with ordinality as event (action, n)),
        url => 'https://acme.example/?' || query, more => jsonb_build_object('f', coalesce(visitor, 'visitor of ' || session))
    ) ->> 'status';
end;
$$;
create function tap.stats(since timestamptz, until timestamptz, ads_only boolean default true) returns jsonb language plpgsql as $$
declare
    v_stats jsonb;
begin
    perform tap.become('viewer');
    select to_jsonb(stats) into v_stats from api.dashboard_stats(tap.site('acme'), since, until, ads_only) as stats;
    perform tap.become_nobody();
    return v_stats;
end;
$$;
create function tap.stats_of_day(number text, ads_only boolean default true, day integer default 0) returns text language sql as $$
    select tap.stats(midnight + day * interval '1 day', midnight + (day + 1) * interval '1 day', ads_only) ->> number from clock;
$$;

-- nothing at all
select is(
    tap.stats(now() - interval '1 day', now()) - '{period, starts_at, ends_at}'::text[],
    '{"sessions": 0, "ads_sessions": 0, "visitors": 0, "events": 0, "page_views": 0, "intents": 0, "phone": 0, "whatsapp": 0, "form": 0,
    "call": 0, "pending": 0, "sealed": 0, "junk": 0, "cancelled": 0, "cvr": null, "revenue_by_lead_day": 0, "revenue_by_seal_day": 0,
    "budget_saved": 0.00, "currency": "TRY"}', 'of nothing every number is 0, and cvr unknown'
);

-- half-open edges
savepoint empty;
select tap.visit(name, midnight + after::interval)
from clock cross join (values ('last', '-1 second'), ('edge', '0'), ('first', '1 second'), ('next', '1 day')) as visit (name, after);
select is(tap.stats_of_day('sessions', day => -1), '1', 'a second before midnight: the day before');
select is(tap.stats_of_day('sessions'), '2', 'midnight itself and a second later: the day');
select is(tap.stats_of_day('sessions', day => 1), '1', 'the next midnight: the next day');
select is(tap.stats(midnight - interval '1 day', midnight + interval '2 days') ->> 'sessions', '4', 'none twice, none lost') from clock;
select tap.visit('tap', midnight, events => '{phone_call}') from clock;
select is(tap.stats(midnight, midnight + interval '1 microsecond') ->> 'intents', '1', 'a lead: since is in the range') from clock;
select is(tap.stats(midnight - interval '1 second', midnight) ->> 'intents', '0', 'a lead: until is not') from clock;
select is(tap.stats(midnight, midnight + interval '1 microsecond') ->> 'sessions', '2', 'since is in the range') from clock;
select is(tap.stats(midnight - interval '1 second', midnight) ->> 'sessions', '1', 'until is not') from clock;
rollback to empty;

-- 00:00 to 03:00 local on the 1st is the month before in UTC: not empty
create temporary table month as
select date_trunc('month', now() at time zone 'Europe/Istanbul') at time zone 'Europe/Istanbul' as begins;
insert into app.sessions (site_id, id, created_month, created_at, first_event_at, last_event_at, is_ads, first_of_day, first_ads_of_day)
select tap.site('acme'), gen_random_uuid(), (date_trunc('month', at at time zone 'UTC'))::date, at, at, at, true, true, true
from month cross join lateral unnest(array[begins - interval '1 minute', begins + interval '5 minutes', begins + interval '2 hours 59 minutes', begins + interval '3 hours 1 minute']) as at;
select is(tap.stats(begins, begins + interval '1 day') ->> 'sessions', '3', 'the 1st, from local midnight') from month;
select is(tap.stats(begins, begins + interval '1 hour') ->> 'sessions', '1', 'its first hour') from month;
select is(tap.stats(begins - interval '1 day', begins) ->> 'sessions', '1', 'the day before') from month;
rollback to empty;

-- a card counts by its own time, whatever day its session began
select tap.visit('night', midnight - interval '10 minutes') from clock;
select tap.send('night', tap.event('phone_call', now() - midnight - interval '5 minutes', 'tel:112')) ->> 'status' from clock;
select is(tap.stats_of_day('intents'), '1', 'tapped at 00:05: a lead of the day');
select is(tap.stats_of_day('sessions'), '0', 'of a session of the day before');
select is(tap.stats_of_day('intents', day => -1), '0', 'which has no lead');
select is(tap.stats_of_day('sessions', day => -1), '1', 'but the session');
select is(tap.stats_of_day('cvr'), null, 'no sessions, no rate');
rollback to empty;

-- visitors per day in the site's zone
select is(tap.visit(session, midnight + after::interval, visitor => visitor), 'stored', session)
from clock cross join (
    values ('a1', '-10 minutes', 'ayse'), ('a3', '6 hours', 'ayse'), ('a2', '5 minutes', 'ayse'), ('a4', '23 hours', 'ayse'),
        ('b1', '7 hours', 'bora'), ('a5', '25 hours', 'ayse')
) as visit (session, after, visitor);
select is(tap.stats_of_day('visitors', day => -1), '1', 'ayse, before midnight');
select is(tap.stats_of_day('visitors'), '2', 'ayse and bora, though ayse came three times, and late news came first');
select is(tap.stats(midnight - interval '1 day', midnight + interval '2 days') ->> 'visitors', '4', 'the sum over the days') from clock;
select is(tap.stats_of_day('sessions'), '4', 'sessions are not visitors');
rollback to empty;

-- ads_only
select is(tap.visit(session, midnight + after::interval, query, events, visitor), 'stored', session)
from clock cross join (
    values ('unpaid', '1 hour', 'utm_source=google', '{page_view,phone_call}'::text[], 'ayse'),
        ('paid', '2 hours', 'gclid=x', '{page_view,page_view,whatsapp}', 'ayse'),
        ('cpc', '3 hours', 'utm_medium=cpc', '{page_view,form_submit}', 'bora')
) as visit (session, after, query, events, visitor);
select is(tap.stats_of_day(number), ads, number || ' of paid visits'), is(tap.stats_of_day(number, false), everything, number || ' of all visits')
from (
    values ('sessions', '2', '3'), ('ads_sessions', '2', '2'), ('visitors', '2', '2'), ('events', '5', '7'), ('page_views', '3', '4'),
        ('intents', '2', '3'), ('phone', '0', '1'), ('whatsapp', '1', '1'), ('form', '1', '1'), ('call', '0', '0'), ('pending', '2', '3')
) as want (number, ads, everything);
select is((tap.stats(now() - interval '7 days', now()) ->> 'sessions'), '2', 'ads_only is what counts where nothing is said');

-- status, revenue, budget
select tap.become('editor');
select is(tap.judge('seal', tap.card('paid'), amount => 200), 'confirmed', 'sold');
select is(tap.judge('junk', tap.card('cpc')), 'junk', 'junk');
select is(tap.judge('seal', tap.card('unpaid'), amount => 50), 'confirmed', 'an unpaid one sold');
select tap.become_nobody();
update app.calls set sealed_at = (select midnight + interval '25 hours' from clock) where status = 'confirmed';
select is(tap.stats_of_day(number), ads, number || ' of paid leads'), is(tap.stats_of_day(number, false), everything, number || ' of all leads')
from (
    values ('sealed', '1', '2'), ('junk', '1', '1'), ('pending', '0', '0'), ('cvr', '0.5000', '1.0000'),
        ('revenue_by_lead_day', '200.00', '250.00'), ('revenue_by_seal_day', '0', '0'), ('budget_saved', '12.50', '12.50')
) as want (number, ads, everything);
select is(tap.stats_of_day('revenue_by_seal_day', day => 1), '200.00', 'sealed the day after: that day''s revenue by sealing');
select is(tap.stats_of_day('revenue_by_lead_day', day => 1), '0', 'but not by lead');
select tap.become('editor');
select is(tap.judge('cancel', tap.card('paid')), 'cancelled', 'fell through');
select is(tap.stats_of_day('revenue_by_lead_day'), '0', 'a cancelled sale is no revenue');
select is(tap.stats_of_day('sealed'), '0', 'nor sealed');
select is(tap.stats_of_day('intents'), '2', 'but was a lead');
select tap.become_nobody();
update app.calls set deleted_at = now() where session_id = tap.session('cpc');
select is(tap.stats_of_day('intents'), '1', 'a deleted card counts nowhere');
rollback to empty;

-- heartbeats are not events, machines are not visits
select is(tap.visit('beats', midnight, events => '{page_view,heartbeat,heartbeat,scroll,session_end}'), 'stored', 'a visit with heartbeats') from clock;
select is(tap.stats_of_day('events'), '2', 'two events');
select is(tap.stats_of_day('page_views'), '1', 'one page view');
select tap.headers('{"user-agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"}');
select is(tap.visit('machine', midnight), 'stored', 'a machine''s visit') from clock;
select tap.headers();
select is(tap.stats_of_day(number, false), '1', number || ' without the machine') from unnest(array['sessions', 'visitors']) as number;

-- the neighbour's visits are the neighbour's
select tap.lead('next door', 'x', now() - midnight - interval '1 hour', 'neighbour') is not null from clock;
select is(tap.stats_of_day('intents', false), '0', 'the neighbour''s leads are not ours');

-- ranges
select tap.become('viewer');
select throws_ok(
    format('select api.dashboard_stats(tap.site(''acme''), %L, %L)', since, until), 'PT400', 'invalid_range', why
)
from (
    values (null, now(), 'no since'), (now(), null, 'no until'), (now(), now(), 'an empty range'), (now(), now() - interval '1 second', 'backwards'),
        (now() - interval '187 days', now(), '187 days'), ('-infinity', now(), 'from ever'), (now(), 'infinity', 'for ever'),
        ('4713-01-01 00:00+00 BC', '294276-12-31 00:00+00', 'all the time there is')
) as range (since, until, why);
select lives_ok($$select api.dashboard_stats(tap.site('acme'), now() - interval '186 days', now())$$, '186 days are taken');

select * from finish();
rollback;
