-- When a day of a zone begins, and which day a moment is of: also where clocks change at midnight.
begin;
select no_plan();

-- midnight comes twice at the Azores and in Havana, not at all in Beirut and Asunción's spring; in Cairo and Santiago the hour before it comes twice
create temporary table zone as
select unnest(array[
    'Europe/Istanbul', 'Atlantic/Azores', 'America/Havana', 'Asia/Beirut', 'Africa/Cairo', 'America/Santiago', 'America/Asuncion', 'Australia/Lord_Howe',
    'Asia/Kathmandu', 'Pacific/Kiritimati'
]) as name;
select is(app.day_start(day::date, zone), starts_at::timestamptz, format('%s begins in %s', day, zone))
from (
    values
    ('Atlantic/Azores', '2026-10-25', '2026-10-25 00:00Z'), ('Atlantic/Azores', '2026-10-26', '2026-10-26 01:00Z'),
    ('Atlantic/Azores', '2026-03-29', '2026-03-29 01:00Z'), ('America/Havana', '2026-11-01', '2026-11-01 04:00Z'),
    ('America/Havana', '2026-03-08', '2026-03-08 05:00Z'), ('Asia/Beirut', '2026-03-29', '2026-03-28 22:00Z'), ('Africa/Cairo', '2026-10-30', '2026-10-29 22:00Z')
) as said (zone, day, starts_at);
select is(app.day_of(at::timestamptz, zone), day::date, format('%s in %s', at, zone))
from (
    values
    ('Atlantic/Azores', '2026-10-24 23:59:59Z', '2026-10-24'), ('Atlantic/Azores', '2026-10-25 00:00Z', '2026-10-25'),
    ('Atlantic/Azores', '2026-10-25 00:30Z', '2026-10-25'), ('Atlantic/Azores', '2026-10-25 01:30Z', '2026-10-25'),
    ('America/Havana', '2026-11-01 04:30Z', '2026-11-01'), ('Africa/Cairo', '2026-10-29 21:30Z', '2026-10-29')
) as said (zone, at, day);
select is_empty(
    $$
    select zone.name, day from zone cross join generate_series(date '2025-01-01', date '2028-01-01', '1 day') as day
    cross join lateral (select app.day_start(day::date, zone.name)) as day_of_zone (starts_at)
    where (starts_at at time zone zone.name)::date <> day or ((starts_at - interval '1 microsecond') at time zone zone.name)::date >= day
        or app.day_of(starts_at, zone.name) <> day or app.day_of(starts_at - interval '1 microsecond', zone.name) >= day
    $$, 'a day begins with its first moment'
);
select is(app.previous_range(since::timestamptz, until::timestamptz, zone)::text, format('("%s","%s")', starts_at::timestamptz, ends_at::timestamptz), format('before %s to %s in %s', since, until, zone))
from (
    values
    ('Atlantic/Azores', '2026-10-26 01:00Z', '2026-10-27 01:00Z', '2026-10-25 00:00Z', '2026-10-26 01:00Z'),
    ('Atlantic/Azores', '2026-10-25 00:00Z', '2026-10-26 01:00Z', '2026-10-24 00:00Z', '2026-10-25 00:00Z'),
    ('Atlantic/Azores', '2026-10-26 01:30Z', '2026-10-26 02:30Z', '2026-10-25 00:30Z', '2026-10-25 02:30Z'),
    ('Europe/Istanbul', '2026-10-26 21:00Z', '2026-10-27 21:00Z', '2026-10-25 21:00Z', '2026-10-26 21:00Z')
) as said (zone, since, until, starts_at, ends_at);

-- two visits of one browser in the hour that comes first of two: one visitor
select tap.make_everyone();
select tap.headers();
update app.sites set time_zone = 'Atlantic/Azores' where name = 'acme';
create function tap.flag(session uuid, at timestamptz) returns boolean language plpgsql as $$
declare
    v_site app.sites;
    v_visit app.sessions;
begin
    select * into v_site from app.sites where name = 'acme';
    v_visit := jsonb_populate_record(null::app.sessions, jsonb_build_object(
        'site_id', v_site.id, 'id', session, 'created_at', at, 'created_month', (date_trunc('month', at at time zone 'UTC'))::date,
        'visitor_id', 'ayse', 'is_bot', false, 'is_ads', false, 'signals', '{}'::text[]
    ));
    v_visit := ops.attribute_session(v_site, v_visit);
    insert into app.sessions (site_id, id, created_at, created_month, first_event_at, last_event_at, visitor_id, first_of_day)
    values (v_site.id, session, at, v_visit.created_month, at, at, 'ayse', v_visit.first_of_day);
    return v_visit.first_of_day;
end;
$$;
select is(tap.flag(tap.session(at), at::timestamptz), want, at || ' is the first of the day: ' || want)
from (values ('2026-10-24 23:50Z', true), ('2026-10-25 00:10Z', true), ('2026-10-25 00:50Z', false), ('2026-10-25 01:10Z', false), ('2026-10-26 01:10Z', true))
    as visit (at, want);

-- written to late in that hour: it is this day that is not exact
insert into app.daily_stats (site_id, dimension, kind, day, value, is_ads)
select id, 'total', 'visits', day, '', false from app.sites cross join unnest(array[date '2026-10-24', '2026-10-25', '2026-10-26']) as day where name = 'acme';
insert into app.stats_progress (site_id, time_zone, rolled_until, slices_from, next_at, details_from)
select id, time_zone, '2026-11-01Z', '2026-11-01Z', '2026-11-01Z', '2026-11-01Z' from app.sites where name = 'acme'
on conflict on constraint stats_progress_pkey do update set time_zone = excluded.time_zone, rolled_until = excluded.rolled_until;
delete from app.stats_marks;
insert into app.stats_marks (site_id, kind, at) select id, 'visits', '2026-10-25 00:10Z' from app.sites where name = 'acme';
select results_eq(
    'select day, is_exact from reporting.daily_site_summary order by day',
    $$values (date '2026-10-24', true), ('2026-10-25', false), ('2026-10-26', true)$$, 'late in the hour that comes first of two'
);

-- A client may ask for times of its own zone (Prefer: timezone), where a midnight may be missing: days are the site's all the same.
delete from app.sessions;
insert into app.sessions (site_id, id, created_at, created_month, first_event_at, last_event_at, visitor_id)
select sites.id, tap.session(at::text), at, (date_trunc('month', at at time zone 'UTC'))::date, at, at, 'ayse'
from app.sites cross join generate_series(timestamptz '2026-03-29 09:00Z', '2026-03-31 09:00Z', '1 day') as at where sites.name = 'acme';
create function tap.days_for(client_zone text) returns text language plpgsql set plan_cache_mode = force_custom_plan as $$
declare
    since timestamptz := '2026-03-28 21:00Z';
    until timestamptz := '2026-03-31 12:00Z';
begin
    perform set_config('timezone', client_zone, true);
    return (
        select format('%s hours, %s days, %s visitors', cardinality(app.bucket_starts(since, until, 'Europe/Istanbul', 'hour')),
            cardinality(app.bucket_starts(since, until, 'Europe/Istanbul', 'day')), (
                select sum(visitors) from app.sites cross join lateral app.visit_stats(
                    sites.id, array[since], array[until], array['total'], 'Europe/Istanbul'
                ) where sites.name = 'acme'
            ))
    );
end;
$$;
select is(tap.days_for(zone), '63 hours, 3 days, 3 visitors', 'for a client in ' || zone) from unnest(array['UTC', 'Asia/Beirut']) as zone;

select * from finish();
rollback;
