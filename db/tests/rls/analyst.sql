begin;
select no_plan();
select tap.make_everyone();
select tap.lead('visit', 'click');
select set_config('request.headers', '', true);

-- A login that is linked to nobody, then to a viewer of one site, then to nobody again.
set local session authorization default;
create role tap_reader login in role analyst;
grant usage on schema tap to tap_reader;

set local session authorization tap_reader;
select is_empty('select * from reporting.leads', 'a login that is linked to nobody sees no lead');
select throws_ok('select * from app.calls', '42501', null, 'and no table');
select throws_ok('select caller_phone from reporting.leads', '42703', null, 'no caller stands in the view');

set local session authorization default;
insert into access.identities (iss, sub, user_id) values ('postgres', 'tap_reader', tap.person('viewer'));
set local session authorization tap_reader;
select results_eq('select site, status from reporting.leads', $$values ('acme', 'intent')$$, 'the leads of their site');

-- forged settings change nothing
set local session authorization default;
select set_config('request.jwt.claims', json_build_object(
    'iss', 'opsmantik', 'sub', tap.person('neighbour'), 'role', 'authenticated'
)::text, true);
set local session authorization tap_reader;
select results_eq('select distinct site from reporting.leads', $$values ('acme')$$, 'a forged claim shows no neighbour');

set local session authorization default;
delete from access.identities where sub = 'tap_reader';
insert into access.identities (iss, sub, user_id) values ('postgres', 'tap_reader', tap.person('neighbour'));
set local session authorization tap_reader;
select is_empty('select * from reporting.leads where site = ''acme''', 'the neighbour''s analyst does not see ours');

set local session authorization default;
select * from finish();
rollback;
