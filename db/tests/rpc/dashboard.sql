begin;
select no_plan();
select tap.make_everyone();

-- marks: what is written to late, and only that
create function tap.marks() returns text language sql as $$
    select string_agg(distinct kind, ' ' order by kind) from app.stats_marks where site_id = tap.site('acme');
$$;
create function tap.clean() returns void language sql as $$delete from app.stats_marks$$;
select tap.send('young', tap.event('page_view'));
select tap.send('young', tap.event('phone_call', label => 'tel:112'));
select is(tap.marks(), null, 'a young visit marks nothing');
select tap.send('late', tap.event('heartbeat', '2 hours'));
select is(tap.marks(), 'visits', 'a visit that comes late, be it without an event that counts');
select tap.clean();
select tap.send('late', tap.event('heartbeat', '1 hour'));
select is(tap.marks(), null, 'a heartbeat changes no number');
select tap.send('late', tap.event('page_view', '1 hour'));
select is(tap.marks(), 'visits', 'a late page view does');
select tap.clean();
select tap.send('late', tap.event('phone_call', '1 hour', 'tel:112'));
select is(tap.marks(), 'leads visits', 'a late tap: the lead and its visit');
select tap.clean();
select tap.send('late', tap.event('phone_call', '50 minutes', 'tel:112', id => 7));
select tap.clean();
select tap.send('late', tap.event('phone_call', '50 minutes', 'tel:112', id => 7));
select is(tap.marks(), null, 'a replay changes nothing');
select tap.become('editor');
select is(tap.judge('seal', tap.card('late'), amount => 90), 'confirmed', 'sealed');
select tap.become_nobody();
select is(tap.marks(), 'leads', 'a seal: its lead is old, its sale is not');
select tap.clean();
update app.calls set sealed_at = now() - interval '1 day' where status = 'confirmed';
select is(tap.marks(), 'leads sales', 'an old sale');
select tap.clean();
update app.calls set deleted_at = now() where status = 'confirmed';
select is(tap.marks(), 'leads sales', 'a deleted one');
select tap.clean();
update app.calls set phone_clicks = phone_clicks + 1, note = 'x';
select is(tap.marks(), null, 'taps and notes change no number');
delete from app.sessions where id = tap.session('late');
select is(tap.marks(), 'visits', 'a session that is gone');

-- who may read the sums, and nobody writes them
select is(tap.outcome(person, 'update app.daily_stats set sessions = 0'), '42501', person || ' writes no sums')
from unnest(array['viewer', 'owner', 'admin', 'anon']) as person;
select is(tap.outcome(person, 'insert into app.stats_marks (site_id, kind, at) values (tap.site(''acme''), ''leads'', now())'), '42501', person || ' makes no marks')
from unnest(array['owner', 'admin', 'anon']) as person;

-- refusals
select tap.become('viewer');
select throws_ok(
    format('select api.dashboard_timeline(tap.site(''acme''), %L, %L, %L)', since, until, granularity), 'PT400', code, why
)
from (
    values
    (now(), now(), 'day', 'invalid_range', 'timeline: an empty range'),
    (now() - interval '187 days', now(), 'day', 'invalid_range', 'timeline: 187 days'),
    (now() - interval '1 day', now(), 'minute', 'invalid_granularity', 'timeline: minutes'),
    (now() - interval '1 day', now(), null, 'invalid_granularity', 'timeline: no granularity'),
    (now() - interval '32 days', now(), 'hour', 'too_many_buckets', 'timeline: 32 days of hours')
) as said (since, until, granularity, code, why);
select throws_ok(
    format('select api.dashboard_breakdown(tap.site(''acme''), %L, %L, now(), top => %L)', dimension, since, top), 'PT400', code, why
)
from (
    values
    ('city', now(), 10, 'invalid_range', 'breakdown: an empty range'),
    ('colour', now() - interval '1 day', 10, 'invalid_dimension', 'breakdown: by colour'),
    ('total', now() - interval '1 day', 10, 'invalid_dimension', 'breakdown: by total'),
    (null, now() - interval '1 day', 10, 'invalid_dimension', 'breakdown: by nothing'),
    ('city', now() - interval '1 day', 0, 'invalid_top', 'breakdown: the top 0'),
    ('city', now() - interval '1 day', 1000, 'invalid_top', 'breakdown: 1,000, and Other would be cut off'),
    ('city', now() - interval '1 day', null, 'invalid_top', 'breakdown: the top of nothing')
) as said (dimension, since, top, code, why);

-- buckets
select tap.become_nobody();
create function tap.labels(zone text, since text, until text, granularity text) returns text language plpgsql as $$
declare
    v_labels text;
begin
    update app.sites set time_zone = zone where id = tap.site('acme');
    perform tap.become('viewer');
    select string_agg(label, ' ' order by bucket_at) into v_labels from api.dashboard_timeline(
        tap.site('acme'), since::timestamp at time zone zone, until::timestamp at time zone zone, granularity
    );
    perform tap.become_nobody();
    return v_labels;
end;
$$;
select is(tap.labels(zone, since, until, granularity), labels, why)
from (
    values
    ('Europe/Istanbul', '2026-02-27', '2026-03-02', 'day', '2026-02-27 2026-02-28 2026-03-01', 'days without gaps'),
    ('Europe/Istanbul', '2026-02-27 13:00', '2026-02-28 01:00', 'day', '2026-02-27 2026-02-28', 'cut days'),
    ('Europe/Istanbul', '2025-12-31', '2026-01-06', 'week', '2026-W01 2026-W02', 'weeks begin on Monday, and are of the year of their Thursday'),
    ('Europe/Istanbul', '2026-01-31', '2026-03-02', 'month', '2026-01 2026-02 2026-03', 'months'),
    ('Europe/Istanbul', '2026-01-31 22:30', '2026-02-01 01:00', 'hour', '2026-01-31 22:00 2026-01-31 23:00 2026-02-01 00:00', 'hours over midnight'),
    ('Asia/Kathmandu', '2026-01-31 22:00', '2026-02-01 00:00', 'hour', '2026-01-31 22:00 2026-01-31 23:00', 'hours where zones are not whole hours'),
    ('Asia/Beirut', '2026-03-28 22:00', '2026-03-29 03:00', 'hour', '2026-03-28 22:00 2026-03-28 23:00 2026-03-29 01:00 2026-03-29 02:00', 'a day without midnight'),
    ('Australia/Lord_Howe', '2026-04-04 23:00', '2026-04-05 04:00', 'hour', '2026-04-04 23:00 2026-04-05 00:00 2026-04-05 01:00 2026-04-05 01:30 2026-04-05 02:30 2026-04-05 03:30', 'half an hour goes back'),
    ('America/St_Johns', '2026-11-01 00:00', '2026-11-01 03:00', 'hour', '2026-11-01 00:00 2026-11-01 01:00 2026-11-01 01:00 2026-11-01 02:00', 'an hour that comes twice')
) as said (zone, since, until, granularity, labels, why);
select tap.become('viewer');
select is(max(granularity_used), used, 'auto over ' || days || ' days: ' || used)
from (values (2, 'hour'), (3, 'day'), (62, 'day'), (63, 'week'), (186, 'week')) as said (days, used)
cross join lateral api.dashboard_timeline(tap.site('acme'), now() - make_interval(days => days), now())
group by days, used;

-- the rest
select tap.become_nobody();
delete from app.conversions;
delete from app.calls;
delete from app.sessions;
select tap.lead('c' || n, 'x', site => 'acme', query => 'utm_campaign=' || name)
from (values (1, 'a'), (2, 'a'), (3, 'a'), (4, 'b'), (5, 'b'), (6, 'c'), (7, 'd')) as lead (n, name);
select tap.lead('none', 'x');
select tap.become('viewer');
select results_eq(
    $$select value, label, is_other, intents, sessions, share from api.dashboard_breakdown(tap.site('acme'), 'campaign', now() - interval '1 day', now(), top => 2)$$,
    $$values ('a', 'a', false, 3::bigint, 3::bigint, 0.3750), ('b', 'b', false, 2, 2, 0.2500), (null, 'Other', true, 3, 3, 0.3750)$$,
    'the top two and the rest'
);
select is(
    (select string_agg(coalesce(value, '-') || '=' || label, ' ') from api.dashboard_breakdown(tap.site('acme'), 'campaign', now() - interval '1 day', now())),
    'a=a b=b -=(none) c=c d=d', 'what has none is (none); without a rest there is no Other'
);
select is(
    (select string_agg(period || ' ' || intents, ', ') from api.dashboard_stats(tap.site('acme'), now() - interval '1 day', now(), compare => true)),
    'current 8, previous 0', 'the period before beside it'
);
select is(
    (select string_agg(ends_at - starts_at || ' until ' || (now() - ends_at), ', ') from api.dashboard_stats(tap.site('acme'), now() - interval '3 hours', now(), compare => true)),
    '03:00:00 until 00:00:00, 03:00:00 until 1 day', 'three hours are held against the same of the day before'
);

-- a flag that is null is as if it was not said
select tap.become_nobody();
select tap.send('unpaid', tap.event('phone_call', label => 'tel:112'));
create function tap.with_flag(flag text) returns text[] language plpgsql as $$
declare
    v_site uuid := tap.site('acme');
    v_call text;
    v_answer text;
    v_answers text[];
begin
    perform tap.become('editor');
    foreach v_call in array array[
        'dashboard_stats(%L, %L, now()%s)', 'dashboard_timeline(%L, %L, now()%s)',
        'dashboard_breakdown(%L, since => %L, until => now(), dimension => ''device''%s)', 'export_intents(%L, %L, now()%s)'
    ] loop
        execute format(
            'select string_agg(answer::text, E''\n'') from api.' || v_call || ' as answer',
            v_site, now() - interval '1 day', flag
        ) into v_answer;
        v_answers := v_answers || v_answer;
    end loop;
    perform tap.become_nobody();
    return v_answers;
end;
$$;
select is(saying_null.answer, saying_nothing.answer, 'ads_only null: ' || n)
from unnest(tap.with_flag(', ads_only => null')) with ordinality as saying_null (answer, n)
join unnest(tap.with_flag('')) with ordinality as saying_nothing (answer, n) using (n);
select isnt(the_other.answer, saying_nothing.answer, 'the flag matters here: ' || n)
from unnest(tap.with_flag(', ads_only => false')) with ordinality as the_other (answer, n)
join unnest(tap.with_flag('')) with ordinality as saying_nothing (answer, n) using (n)
where n <= 3;
select isnt(
    (tap.with_flag(', ads_only => true'))[4], (tap.with_flag(''))[4], 'the flag matters to an export, where false is the default'
);

select * from finish();
rollback;
