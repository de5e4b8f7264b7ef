-- Daily visitors over ranges that cut days.
begin;
select no_plan();
select tap.make_everyone();
update app.sites set time_zone = 'UTC' where name = 'acme';

-- The day before yesterday: over, whenever this runs, and within the seven days that an event may be late.
create temporary table clock as select date_trunc('day', now(), 'UTC') - interval '2 days' as midnight;
create function tap.visit(session text, hour numeric, visitor text, query text default 'gclid=x') returns text language sql as $$
    select tap.send(
        session, tap.event('page_view', now() - midnight - hour * interval '1 hour'), url => 'https://acme.example/?' || query,
        more => case when visitor is null then '{"f": null}' else jsonb_build_object('f', visitor) end
    ) ->> 'status' from clock;
$$;
create function tap.visitors(from_hour numeric, to_hour numeric, ads_only boolean default true) returns bigint language plpgsql as $$
declare
    v_visitors bigint;
    v_midnight timestamptz := (select midnight from clock);
begin
    perform tap.become('viewer');
    select stats.visitors into v_visitors from api.dashboard_stats(
        tap.site('acme'), v_midnight + from_hour * interval '1 hour', v_midnight + to_hour * interval '1 hour', ads_only
    ) as stats;
    perform tap.become_nobody();
    return v_visitors;
end;
$$;

select is(tap.visit(session, hour, visitor), 'stored', session)
from (values ('a1', 7, 'ayse'), ('a2', 11, 'ayse'), ('b1', 12, 'bora'), ('b2', 13, 'bora'), ('a3', 30, 'ayse'), ('a4', 36, 'ayse'))
    as visit (session, hour, visitor);
select is(tap.visitors(from_hour, to_hour), want::bigint, why)
from (
    values
    (0, 24, 2, 'a whole day'),
    (9, 24, 2, 'whose first visit was before the range began is a visitor of it'),
    (9, 12, 1, 'a range within one day'),
    (7, 11, 1, 'half-open at its end'),
    (8, 10, 0, 'a range without visits'),
    (9, 33, 3, 'two days, both cut: two and one'),
    (13, 35, 2, 'one of each'),
    (0, 33, 3, 'one whole and one cut'),
    (9, 48, 3, 'one cut and one whole'),
    (-12, 60, 3, 'two whole between two cut')
) as want (from_hour, to_hour, want, why);

-- ads_only where a day is cut
select is(tap.visit(session, hour, 'cem', query), 'stored', session)
from (values ('c1', 14, 'utm_source=google'), ('c2', 15, 'gclid=x'), ('c3', 16, '')) as visit (session, hour, query);
select is(tap.visitors(14, 15), 0::bigint, 'an unpaid visit in a cut day'), is(tap.visitors(14, 15, false), 1::bigint, 'counts among all');
select is(tap.visitors(14, 17), 1::bigint, 'a paid one beside two unpaid'), is(tap.visitors(14, 17, false), 1::bigint, 'is one visitor');

-- a visitor id that arrives with a later batch
select is(tap.visit('d1', 17, null), 'stored', 'a visit without a visitor');
select is(tap.visitors(0, 24, false), 3::bigint, 'is nobody yet');
select is(tap.visit('d1', 17.1, 'deniz'), 'stored', 'who becomes somebody');
select is(tap.visitors(0, 24, false), 4::bigint, 'is one more visitor of the day'), is(tap.visitors(0, 24), 4::bigint, 'also among paid ones');
select is(tap.visitors(16.5, 18), 1::bigint, 'and of the hour');
select is(tap.visit('d1', 17.2, 'deniz'), 'stored', 'the same once more'), is(tap.visit('d2', 18, 'deniz'), 'stored', 'and in another visit');
select is(tap.visit('d3', 19, null), 'stored', 'a third'), is(tap.visit('d3', 19.1, 'deniz'), 'stored', 'who turns out to be the same');
select is(tap.visitors(0, 24, false), 4::bigint, 'is still one'), is(tap.visitors(0, 24), 4::bigint, 'also among paid ones');

-- 186 days of the calendar, over the end of summer time
update app.sites set time_zone = 'Europe/Berlin' where name = 'acme';
select tap.become('viewer');
select lives_ok(
    $$select api.dashboard_stats(tap.site('acme'), '2025-07-01 00:00 Europe/Berlin', '2026-01-03 00:00 Europe/Berlin')$$, '186 days and an hour'
);
select throws_ok(
    $$select api.dashboard_stats(tap.site('acme'), '2025-07-01 00:00 Europe/Berlin', '2026-01-04 00:00 Europe/Berlin')$$,
    'PT400', 'invalid_range', '187 days'
);
select throws_ok(
    $$select api.dashboard_stats(tap.site('acme'), '2025-07-01 00:00 Europe/Berlin', '2026-01-03 00:01 Europe/Berlin')$$,
    'PT400', 'invalid_range', 'a minute more than 186 days'
);

select * from finish();
rollback;
