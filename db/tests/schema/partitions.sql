begin;
select no_plan();

create temporary view child as
select
    parent.relname::text as parent,
    child.oid::regclass as id,
    pg_get_expr(child.relpartbound, child.oid) as bound,
    substring(pg_get_expr(child.relpartbound, child.oid) from 'FROM \(''([0-9-]+)')::date as month
from pg_inherits
join pg_class as parent on parent.oid = inhparent
join pg_class as child on child.oid = inhrelid
where inhparent in ('app.sessions'::regclass, 'app.events'::regclass);

select ok(
    exists (select from child where child.parent = parent.name and month = (date_trunc('month', now() at time zone 'UTC') + distance * interval '1 month')::date),
    format('%s has its month %s', parent.name, case distance when -1 then 'before' when 0 then 'now' else 'in ' || distance end)
)
from (values ('sessions'), ('events')) as parent (name)
cross join generate_series(-1, 4) as distance;
select is((select count(*) from child where parent = name and bound = 'DEFAULT'), 1::bigint, name || ' has a default partition')
from (values ('sessions'), ('events')) as parent (name);
select is_empty('select id from child where bound <> ''DEFAULT'' and bound !~ ''FROM \(''''[0-9]{4}-[0-9]{2}-01''''\)''', 'months begin on the 1st');
select results_eq(
    $$select parent_table, infinite_time_partitions, inherit_privileges from partman.part_config order by 1$$,
    $$values ('app.events', true, false), ('app.sessions', true, false)$$,
    'a quiet table gets new months, no privileges are handed down'
);

-- the same key, indexes and checks on each child
select is_empty(
    $$
    select child.id, index.indexrelid::regclass
    from child
    join pg_index as index on index.indrelid = ('app.' || child.parent)::regclass
    where not exists (
        select from pg_index as own join pg_inherits on inhrelid = own.indexrelid
        where own.indrelid = child.id and inhparent = index.indexrelid and own.indisvalid
    )
    $$,
    'each child has every index, valid'
);

-- a child that somebody makes is closed by upkeep; pg_partman leaves another search_path behind
create temporary table upkeep as select ops.upkeep_partitions() as closed;
set local search_path = tap;
create table app.events_far partition of app.events for values from ('2050-01-01') to ('2050-02-01');
select is((select open_children from ops.partition_runway() where name = 'app.events'), 1::bigint, 'an open child is seen');
select is(status, 'failing', 'by health, too') from ops.checks() where name = 'partitions';
update upkeep set closed = ops.upkeep_partitions();
set local search_path = tap;
select is(closed, 1::bigint, 'upkeep closes it') from upkeep;
select is((select relrowsecurity from pg_class where oid = 'app.events_far'::regclass), true, 'RLS is on');
select is((select open_children from ops.partition_runway() where name = 'app.events'), 0::bigint, 'none is open');
select is((select relowner::regrole::text from pg_class where oid = 'app.events_far'::regclass), 'app_owner', 'it is app_owner''s');
update upkeep set closed = ops.upkeep_partitions();
set local search_path = tap;
select is(closed, 0::bigint, 'nothing to do the second time') from upkeep;
grant select on app.events_far to public;
select is((select open_children from ops.partition_runway() where name = 'app.events'), 1::bigint, 'a grant to everybody is seen');
revoke select on app.events_far from public;
grant select (label) on app.events_far to authenticated;
select is((select open_children from ops.partition_runway() where name = 'app.events'), 1::bigint, 'a grant of a column is seen');
grant select on app.events_far to authenticated, public;
select is((select open_children from ops.partition_runway() where name = 'app.events'), 1::bigint, 'a grant on a child is seen');
update upkeep set closed = ops.upkeep_partitions();
set local search_path = tap;
select is((select open_children from ops.partition_runway() where name = 'app.events'), 0::bigint, 'and taken away');

-- autovacuum: a month that is written to is kept up with, one that is over is frozen
create temporary view treated as
select parent, month, options @> '{autovacuum_freeze_min_age=0,autovacuum_freeze_table_age=0}' as frozen,
    options::text ~ 'autovacuum_analyze_scale_factor' as kept_up
from ops.partitions();
create table app.events_p2020_01 partition of app.events for values from ('2020-01-01') to ('2020-02-01');
update upkeep set closed = ops.upkeep_partitions();
set local search_path = tap;
select is_empty(
    $$
    select parent, month from treated
    where frozen <> coalesce(month < date_trunc('month', (now() at time zone 'UTC') - interval '9 days'), false)
        or not frozen and not kept_up
    $$, 'each partition is treated by its age'
);
select is((select frozen from treated where month = '2020-01-01'), true, 'a month that is over is frozen');
drop table app.events_p2020_01;
drop table app.events_far;

-- a month's first rows have statistics before autovacuum comes
insert into app.sessions (site_id, id, created_month, created_at, first_event_at, last_event_at)
select gen_random_uuid(), gen_random_uuid(), date_trunc('month', now() at time zone 'UTC'), now(), now(), now() from generate_series(1, 2000);
create temporary view stale as
select id::regclass as name from child
where parent = 'sessions' and month = date_trunc('month', now() at time zone 'UTC')
    and not exists (select from pg_stats where schemaname || '.' || tablename = id::regclass::text);
select isnt_empty('select name from stale', 'a month without statistics');
select ok(ops.analyze_grown() > 0, 'it has grown');
select is_empty('select name from stale', 'and has them');
select is(ops.analyze_grown(), 0::bigint, 'nothing grew since');

-- a lost month comes back, closed
select is((select bool_and(runway >= 4) from ops.partition_runway()), true, 'four months ahead');
create temporary table lost as select id::regclass::text as name, month from child where parent = 'events' order by month desc nulls last limit 1;
do $$ declare v_name text; begin select name into v_name from lost; execute 'drop table ' || v_name; end; $$;
select ops.upkeep_partitions();
set local search_path = tap;
select ok(exists (select from child, lost where child.parent = 'events' and child.month = lost.month), 'a missing month is made again');
select is_empty(
    $$select id from child join pg_class on pg_class.oid = id where not relrowsecurity$$, 'and is closed'
);

-- rows in the default are an alarm
insert into app.events (site_id, session_id, id, created_month, occurred_at, category, action)
values (gen_random_uuid(), gen_random_uuid(), 1, '2040-01-01', now(), 'page', 'x');
select is((select default_rows from ops.partition_runway() where name = 'app.events'), true, 'a row in the default is seen');
select is(status, 'failing', 'by health, too') from ops.checks() where name = 'partitions';

select throws_ok(
    $$insert into app.sessions (site_id, id, created_month, created_at, first_event_at, last_event_at) values
    (gen_random_uuid(), gen_random_uuid(), $$ || month || $$, $$ || at || $$, now(), now())$$,
    '23514', null, why
)
from (
    values
    ('''2026-02-01''', '''2026-01-31 23:59:59+00''', 'the month after'),
    ('''2026-01-01''', '''2026-02-01 00:00:00+00''', 'the month before'),
    -- local midnight in Istanbul is three hours before: months are UTC
    ('''2026-02-01''', '''2026-02-01 00:30:00+03''', 'a month by local time'),
    ('''2026-01-15''', '''2026-01-15 12:00:00+00''', 'no first of a month')
) as example (month, at, why);
select lives_ok(
    $$insert into app.sessions (site_id, id, created_month, created_at, first_event_at, last_event_at)
    values (gen_random_uuid(), gen_random_uuid(), '2026-01-01', '2026-02-01 00:30:00+03', now(), now())$$,
    '00:30 on the 1st in Istanbul is the month before in UTC'
);

select throws_ok(
    format('insert into app.events (site_id, session_id, id, created_month, occurred_at, category, action, label)
    values (gen_random_uuid(), gen_random_uuid(), %s, date_trunc(''month'', now()), now(), %L, %L, %L)', id, category, action, label),
    '23514', null, why
)
from (
    values
    ('-1', 'page', 'x', null, 'a negative event id'),
    ('9007199254740992', 'page', 'x', null, 'an event id past 53 bits'),
    ('1', 'pages', 'x', null, 'an unknown category'),
    ('1', 'page', '', null, 'no action'),
    ('1', 'page', 'x', repeat('x', 501), 'an endless label')
) as example (id, category, action, label, why);

-- ops.store_batch names no conflict target: a second key would let it swallow what is no replay
select is(count(*), 0::bigint, 'events have no other key than their primary one, in no partition')
from pg_index
where (indrelid = 'app.events'::regclass or indrelid in (select inhrelid from pg_inherits where inhparent = 'app.events'::regclass))
    and (indisunique or indisexclusion) and not indisprimary;

select * from finish();
rollback;
