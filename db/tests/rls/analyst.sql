-- Logins of group analyst: what the views show them, and every way we know of to look past the views.
begin;
select no_plan();
select tap.make_everyone();
select tap.lead('visit', 'our-click-id', query => 'utm_term=kilit');
select tap.lead('theirs', 'other-click', site => 'neighbour', query => 'utm_term=neighbours-marker');
select tap.become('editor');
select is(tap.judge('seal', tap.card('visit'), amount => 750), 'confirmed', 'a sale to look at');
select tap.become_nobody();
select tap.become('neighbour');
select is(tap.judge('seal', tap.card('theirs', 'neighbour'), amount => 987654), 'confirmed', 'and one of the neighbour');
select tap.become_nobody();
select tap.send('robot', tap.event('page_view'), more => '{"f": "robot"}');
update app.sessions set is_bot = true where id = tap.session('robot');
update app.calls set note = 'secret note', caller_phone = '+905551112233' where id = tap.card('visit');
select tap.make_person('boss', 'admin');
select tap.knock('boss', format('api.open_support_access(%L, ''Ticket 4711: export looks empty'')', tap.site('acme')));
select set_config('request.headers', '', true);
insert into app.daily_stats (site_id, dimension, kind, day, value, is_ads, sessions, visitors, intents, sealed, revenue) values
(tap.site('acme'), 'total', 'visits', '2026-03-02', '', true, 30, 20, 0, 0, 0),
(tap.site('acme'), 'total', 'leads', '2026-03-02', '', true, 0, 0, 7, 2, 500),
(tap.site('acme'), 'total', 'sales', '2026-03-02', '', true, 0, 0, 0, 3, 800),
(tap.site('acme'), 'city', 'visits', '2026-03-02', 'Moda', true, 30, 20, 0, 0, 0),
(tap.site('neighbour'), 'total', 'visits', '2026-03-02', '', true, 987654, 0, 0, 0, 0);
insert into app.stats_progress (site_id, time_zone, rolled_until, slices_from, next_at, details_from) values
(
    tap.site('acme'), 'Europe/Istanbul', '2026-03-03 00:00+03', '2026-03-03 00:00+03', '2026-03-03 01:00+03',
    '2026-03-01 00:00+03'
)
on conflict (site_id) do update set rolled_until = excluded.rolled_until;

create temporary view shown as
select pg_class.oid, relname::text as name from pg_class
where relnamespace = 'reporting'::regnamespace and relkind = 'v';
grant select on shown to public;
-- How many rows each view shows the login that asks, and of how many sites.
create function tap.seen() returns table (name text, n bigint, sites bigint)
language plpgsql as $$
declare
    v_name text;
begin
    for v_name in select shown.name from shown order by 1 loop
        return query execute format(
            'select %L::text, count(*), count(distinct site_id) from reporting.%I', v_name, v_name
        );
    end loop;
end;
$$;

set local session authorization default;
create role tap_reader login in role analyst;
create schema tap_reader;
grant usage, create on schema tap_reader to tap_reader;
grant usage on schema tap to tap_reader;

-- Linked to nobody

set local session authorization tap_reader;
select is_empty('select * from tap.seen() where n > 0', 'a login that is linked to nobody sees nothing in any view');
select is((select count(*) from tap.seen()), (select count(*) from shown), 'and may ask each of them');

-- Linked to a viewer of one site

set local session authorization default;
insert into access.identities (iss, sub, user_id) values ('postgres', 'tap_reader', tap.person('viewer'));
set local session authorization tap_reader;
select is_empty('select * from tap.seen() where sites > 1', 'no view shows another site');
select is_empty(
    $$select name from tap.seen() where n = 0$$, 'each shows the rows of their own'
);
select results_eq(
    'select site, status, sale_amount from reporting.intents', $$values ('acme', 'confirmed', 750.00)$$, 'the leads of their site'
);
select results_eq(
    'select distinct actor, reason from reporting.audit where reason is not null',
    format('values (%L, ''Ticket 4711: export looks empty'')', 'user:' || tap.person('boss')), 'why an admin was at work on it'
);
select results_eq('select site, amount from reporting.sales', $$values ('acme', 750.00)$$, 'its sales');
select results_eq(
    $$
    select sessions, engaged_sessions, intent_sessions, sealed_sessions, intents, sealed, revenue
    from reporting.attribution_funnel where attribution = 'First Click (Paid)'
    $$,
    $$values (1::bigint, 1::bigint, 1::bigint, 1::bigint, 1::bigint, 1::bigint, 750.00)$$, 'its funnel'
);
select results_eq(
    $$
    select sessions, visitors, intents, sealed, revenue_by_lead_day, revenue_by_seal_day, is_exact
    from reporting.daily_site_summary where day = '2026-03-02'
    $$,
    $$values (30::bigint, 20::bigint, 7::bigint, 2::bigint, 500.00, 800.00, true)$$, 'its days, each once'
);
set local session authorization default;
insert into app.stats_marks (site_id, kind, at) values (tap.site('acme'), 'leads', '2026-03-03 00:00+03');
set local session authorization tap_reader;
select ok(is_exact, 'a mark on the next day is none on this one') from reporting.daily_site_summary where day = '2026-03-02';
set local session authorization default;
insert into app.stats_marks (site_id, kind, at) values (tap.site('acme'), 'leads', '2026-03-02 00:00+03');
set local session authorization tap_reader;
select ok(not is_exact, 'what came late makes a day inexact until it is rolled') from reporting.daily_site_summary where day = '2026-03-02';
set local session authorization default;
delete from app.stats_marks where site_id = tap.site('acme');
update app.stats_progress set rolled_until = '2026-03-02 23:00+03' where site_id = tap.site('acme');
set local session authorization tap_reader;
select ok(not is_exact, 'so is one that is not rolled to its end') from reporting.daily_site_summary where day = '2026-03-02';
select is((select count(*) from reporting.sessions), 1::bigint, 'machines are no visits');
select is((select count(*) from reporting.events), 2::bigint, 'nor are their events events');
select is_empty(
    $$
    select row_to_json(t)::text from (
        select to_jsonb(a) from reporting.sessions as a union all select to_jsonb(a) from reporting.intents as a
        union all select to_jsonb(a) from reporting.sales as a union all select to_jsonb(a) from reporting.events as a
        union all select to_jsonb(a) from reporting.conversions as a union all select to_jsonb(a) from reporting.audit as a
    ) as t (shown)
    where t.shown::text ~ 'secret note|5551112233|visitor of|neighbours-marker|our-click-id|gclid=|987654\.'
    $$,
    'no note, caller, click id, visitor id nor anything of a neighbour in any row'
);

-- Pseudonyms

select is((select count(distinct visitor) from (select visitor from reporting.sessions
union all
select visitor from reporting.sales) as v),
    1::bigint, 'a visitor has the same pseudonym in each view');
select alike(visitor, repeat('_', 16), 'of sixteen digits') from reporting.sales;
set local session authorization default;
update app.sessions set visitor_id = 'visitor of visit' where id = tap.session('theirs');
insert into app.site_members (site_id, user_id, role) values (tap.site('neighbour'), tap.person('viewer'), 'viewer');
set local session authorization tap_reader;
select is(
    (select count(distinct visitor) from reporting.sessions where session_id in (tap.session('visit'), tap.session('theirs'))),
    2::bigint, 'the same browser has another one at another site'
);
set local session authorization default;
delete from app.site_members where site_id = tap.site('neighbour') and user_id = tap.person('viewer');
update app.sessions set visitor_id = null where id = tap.session('theirs');
set local session authorization tap_reader;
select throws_ok('select access.pseudonym_salt()', '42501', null, 'the key can not be read');
select is_empty(
    $$
    select visitor from reporting.sessions
    where visitor in (
        left(encode(sha256(convert_to(site_id || 'visitor of visit', 'UTF8')), 'hex'), 16), left(md5('visitor of visit'), 16)
    )
    $$,
    'without it nobody can tell which visitor id a pseudonym stands for'
);

-- Past the views (every table: matrix.sql)

select throws_ok('select site_id from app.calls', '42501', null, 'so are the columns that the views are made of');
select throws_ok('select visitor_id from app.sessions', '42501', null, 'visitor ids among them');
select throws_ok('select access.site_ids(''viewer'')', '42501', null, 'no helper of the web may be called');
select throws_ok('select access.analyst_site_ids(''postgres'')', '42501', null, 'nor their own helper, for another login');
select throws_ok('select api.sites()', '42501', null, 'nor the contract');
select lives_ok('set role analyst', 'they may take on their group');
select is_empty('select * from tap.seen() where sites > 1', 'and see no more by it');
reset role;

-- Forged claims change nothing
select set_config('request.jwt.claims', json_build_object(
    'iss', 'opsmantik', 'sub', tap.person('neighbour'), 'role', 'authenticated'
)::text, true), set_config('role', 'analyst', true);
select is_empty('select * from tap.seen() where sites > 1', 'a forged claim shows no neighbour');
select results_eq('select distinct site from reporting.intents', $$values ('acme')$$, 'and takes nothing away');
reset role;

-- A function of their own in the condition: row security comes first, however cheap it says it is
create function tap_reader.peek(seen text) returns boolean
language plpgsql cost 0.0000001 as $$
begin
    if seen = 'neighbour' then
        raise exception 'seen: %', seen using errcode = 'TAP01';
    end if;
    return true;
end;
$$;
create function tap_reader.peek_at(seen text, what text) returns boolean
language sql cost 0.0000001 as 'select tap_reader.peek(seen)';
create operator tap_reader.~~~ (function = tap_reader.peek_at, leftarg = text, rightarg = text);
select lives_ok(
    'select * from reporting.intents where tap_reader.peek(site)', 'a cheap function of their own is shown no neighbour''s row'
);
select lives_ok(
    'select * from reporting.sessions where site operator(tap_reader.~~~) ''x''', 'nor is an operator of their own'
);
select lives_ok('select * from reporting.attribution_funnel where tap_reader.peek(site)', 'nor in an aggregate');
select throws_ok(
    'alter function tap_reader.peek(text) leakproof', '42501', null, 'and they can not call it leakproof'
);
select throws_ok(
    'create function tap_reader.sly(text) returns boolean leakproof language sql as ''select true''', '42501', null, 'nor make one'
);

-- Objects
select lives_ok('create view tap_reader.mine as select site, amount from reporting.sales', 'in their schema they make views');
select results_eq('select * from tap_reader.mine', $$values ('acme', 750.00)$$, 'on ours');
select throws_ok('create view reporting.mine as select 1 as one', '42501', null, 'not in schema reporting');
select throws_ok('create view public.mine as select 1 as one', '42501', null, 'nor in public');
select throws_ok('create schema another', '42501', null, 'and no schema');
select throws_ok(
    'create or replace view reporting.sales as select 1 as one', '42501', null, 'they replace none of ours'
);
select throws_ok('comment on view reporting.sales is ''x''', '42501', null, 'nor what it says of itself');
select throws_ok('grant usage on schema tap_reader to public; select 1 / 0', '22012', null, 'granting their schema on');
select is_empty(
    $$select from pg_namespace, aclexplode(nspacl) where nspname = 'tap_reader' and grantee = 0$$, 'gives nobody anything'
);
select throws_ok('create trigger t before insert on reporting.sales execute function tap_reader.peek()', null, null, 'no trigger');
select throws_ok('insert into reporting.sites default values', null, null, 'there is nothing to write to');
select throws_ok('update reporting.intents set status = ''junk''', null, null, 'leads are not judged by SQL');
select throws_ok('copy (select 1) to program ''true''', '42501', null, 'no programs');
select throws_ok('copy (select * from reporting.sales) to ''/tmp/sales''', '42501', null, 'no files');

-- Catalogues
select is_empty(
    $$select * from pg_stats where schemaname not in ('pg_catalog', 'information_schema')$$,
    'statistics, which hold values of every tenant, are hidden where row security holds'
);
select throws_ok('select * from pg_statistic', '42501', null, 'so is where they come from');
select throws_ok('select * from pg_authid', '42501', null, 'so are password hashes');
select is_empty(
    $$select query from pg_stat_activity where usename <> session_user and query !~ '^<insufficient privilege>$'$$,
    'so is what others run'
);
select is(
    (select has_database_privilege(session_user, current_database(), 'create')), false, 'no right to make anything in the database'
);

-- Two analysts: what one makes shows the other only their own rows
set local session authorization default;
create role tap_other login in role analyst;
grant usage on schema tap, tap_reader to tap_other;
insert into access.identities (iss, sub, user_id) values ('postgres', 'tap_other', tap.person('neighbour'));
set local session authorization tap_reader;
grant select on tap_reader.mine to tap_other;
set local session authorization tap_other;
select is_empty('select * from tap.seen() where sites > 1', 'the neighbour''s analyst sees one site too');
select is_empty('select * from reporting.intents where site = ''acme''', 'which is not ours');
select is_empty(
    'select * from tap_reader.mine where site = ''acme''', 'a view of another analyst shows who asks nothing of its maker''s sites'
);

-- Ended, archived
set local session authorization default;
update app.sites set deleted_at = now() where id = tap.site('acme');
set local session authorization tap_reader;
select is_empty('select * from tap.seen() where n > 0', 'an archived site is gone');
set local session authorization default;
update app.sites set deleted_at = null where id = tap.site('acme');
delete from app.site_members where user_id = tap.person('viewer');
set local session authorization tap_reader;
select is_empty('select * from tap.seen() where n > 0', 'so is one whose membership has ended');

-- Plans
set local session authorization default;
insert into app.site_members (site_id, user_id, role) values (tap.site('acme'), tap.person('viewer'), 'viewer');
create temporary table plan (name text, said jsonb);
grant select, insert on plan to tap_reader;
set local session authorization tap_reader;
set local enable_partitionwise_join = on;
insert into plan
select name, tap.plan_of(format('select * from reporting.%I where month = date_trunc(''month'', now() at time zone ''UTC'')::date', name))
from unnest(array['sessions', 'attribution_funnel']) as name;
insert into plan
select 'events', tap.plan_of(format(
    'select * from reporting.events where month >= %L and month < %L', date_trunc('month', now() at time zone 'UTC'),
    date_trunc('month', now() at time zone 'UTC') + interval '1 month'
));
select is(
    (select count(distinct relation) from plan cross join lateral jsonb_path_query(said, '$.**."Relation Name"') as relation
    where plan.name = 'events' and relation #>> '{}' ~ '^(sessions|events)'),
    2::bigint, 'a bounded month reads one partition of events and one of sessions'
);
select is_empty(
    $$
    select plan.name, count(distinct alias) from plan
    cross join lateral jsonb_path_query(said, '$.**.Alias') as alias
    where not said @? '$.**."Subplans Removed"' and alias #>> '{}' ~ '^sessions_[0-9]'
    group by 1 having count(distinct alias) > 1
    $$,
    'nor does one of the others read more'
);
select matches(said::text, 'InitPlan', name || ': the sites are asked for once, not once per row') from plan;
select is_empty(
    $$
    select name, condition from plan cross join lateral jsonb_path_query(said, '$.**.Filter') as condition
    where condition::text ~ 'analyst_site_ids'
    $$,
    'no row filter calls a function of ours'
);

set local session authorization default;
select is_empty(
    $$
    select oid::regprocedure from pg_proc
    where pronamespace = 'pg_catalog'::regnamespace and proname ~ '_advisory_|^lo_|^lo(read|write)$'
        and (has_function_privilege('analyst', oid, 'execute') or has_function_privilege('anon', oid, 'execute'))
    $$,
    'nobody with SQL holds the locks by which requests and jobs take turns, or fills the disk with large objects'
);
select * from finish();
rollback;
