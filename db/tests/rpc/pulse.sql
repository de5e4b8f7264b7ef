-- pulse: what happened since the last one
begin;
select no_plan();
select tap.make_everyone();

create function tap.beat(since text default null) returns text language sql as $$
    select format('%s %s %s', case when changed then 'changed' else 'same' end, new_intents, changed_cards) from api.pulse(tap.site('acme'), since);
$$;
create function tap.next_cursor(since text default null) returns text language sql as 'select cursor from api.pulse(tap.site(''acme''), since)';
create temporary table place (name text, cursor text);
grant select, insert on place to authenticated;
create function tap.mark(name text) returns void language sql as 'insert into place select mark.name, tap.next_cursor()';
create function tap.since(name text) returns text language sql as $$
    select tap.beat(cursor) from place where place.name = since.name;
$$;
-- All is one transaction here: times are moved instead, past the trigger that keeps updated_at.
create function tap.at(visit text, created interval, updated interval) returns void language plpgsql security definer as $$
begin
    alter table app.calls disable trigger user;
    update app.calls set created_at = now() - created, updated_at = now() - updated where id = tap.card(visit);
    alter table app.calls enable trigger user;
end;
$$;

select tap.become('viewer');
select is(tap.beat(), 'changed 0 0', 'the first: fetch');
select tap.mark('empty');
select is(tap.since('empty'), 'same 0 0', 'an empty site');
select tap.become_nobody();
select tap.lead('one', 'click');
select tap.at('one', '10 minutes', '10 minutes');
select tap.become('viewer');
select is(tap.since('empty'), 'changed 1 1', 'the first lead');
select tap.mark('one');
select is(tap.since('one'), 'same 0 0', 'nothing since');
select is(tap.next_cursor(cursor), cursor, 'and the cursor stands') from place where name = 'one';

select tap.become_nobody();
select tap.lead('two', 'click');
select tap.at('two', '9 minutes', '9 minutes');
select tap.become('viewer');
select is(tap.since('one'), 'changed 1 1', 'a new lead');
select tap.mark('two');
select tap.become_nobody();
select tap.at('one', '10 minutes', '8 minutes');
select tap.become('viewer');
select is(tap.since('two'), 'changed 0 1', 'a card that was touched');
select tap.mark('touched');

-- one that began before the newest change and was committed after it
select tap.become_nobody();
select tap.lead('late', 'click');
select tap.at('late', '8 minutes 30 seconds', '8 minutes 30 seconds');
select tap.become('viewer');
select is(tap.since('touched'), 'changed 1 1', 'what was committed late is not missed');
select tap.mark('late');
select is(tap.since('late'), 'same 0 0', 'and told once');
-- at the same instant as the newest
select tap.become_nobody();
select tap.lead('twin', 'click');
select tap.at('twin', '8 minutes', '8 minutes');
select tap.become('viewer');
select is(tap.since('late'), 'changed 1 1', 'nor what has the time of the newest');
select tap.mark('twin');

select tap.become_nobody();
update app.calls set deleted_at = now() where id = tap.card('two');
select tap.become('viewer');
select is(tap.since('twin'), 'changed 0 1', 'a deleted card is a change');
select tap.mark('deleted');
-- the minute before is bounded, and so is the answer
select tap.become_nobody();
insert into app.calls (site_id, intent_action, intent_stamp, tapped_at, last_tap_at, last_action, currency)
select tap.site('acme'), 'phone', 'bulk ' || n, now(), now(), 'phone', 'TRY' from generate_series(1, 600) as n;
select tap.become('viewer');
select matches(tap.since('twin'), '^changed (499|500) 500$', 'at most 500 are counted');
select tap.mark('bulk');
select is(tap.since('bulk'), 'same 0 0', 'a full minute');

-- a clock that went back
savepoint clock;
select tap.become_nobody();
select tap.at('late', '-2 hours', '-2 hours');
select tap.become('viewer');
select is(tap.since('bulk'), 'changed 1 1', 'a card of a time to come');
select matches(tap.beat(tap.next_cursor()), '^changed', 'the cursor is taken, and changes go on being told');
rollback to clock;

select throws_ok(format('select api.pulse(tap.site(''acme''), %L)', cursor), 'PT400', 'invalid_cursor', format('cursor %L', cursor))
from unnest(array[
    '', 'x', '1', '1.2', '1.2.3.4', '-1.2.3', '1.-2.3', '1.2.3' || chr(10), '999999999999999999.0.0', '99999999999999999.0.0',
    (extract(epoch from now() + interval '1 hour') * 1000000)::bigint || '.0.0'
]) as cursor;
select is((select cursor from api.pulse(tap.site('acme'), '1.0.0')), (select cursor from place where name = 'bulk'), 'an old cursor comes up to date');
select tap.become_nobody();
select tap.become(name), throws_ok(format('select api.pulse(%L)', site), 'PT404', 'site_not_found', name || ' asks for ' || coalesce(site::text, 'nothing'))
from unnest(array['neighbour', 'stranger', 'removed']) as name cross join (values (tap.site('acme')), (gen_random_uuid()), (null)) as it (site);

select * from finish();
rollback;
