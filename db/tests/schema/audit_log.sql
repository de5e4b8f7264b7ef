begin;
select no_plan();
select tap.make_everyone();
select tap.lead('visit', 'click');
select set_config('request.headers', '{"x-request-id": "request-1"}', true) is not null;
select tap.become('editor');
select is((api.seal(tap.card('visit'), 1250.5, 'TRY', 1, 'Ayşe, 0532 999 88 77')).version, 2, 'sealed');
select is((api.amend(tap.card('visit'), 2, note => 'paid in cash')).version, 3, 'amended');
select is((api.cancel(tap.card('visit'), 3)).version, 4, 'cancelled');
select tap.become_nobody();

select results_eq(
    $$
    select seq, action, actor, before ->> 'status', after ->> 'status', request_id from app.audit_log
    where site_id = tap.site('acme') and object_type = 'call' order by seq
    $$,
    $$
    select seq, action, 'user:' || tap.person('editor'), before, after, 'request-1'
    from (values (6::bigint, 'seal', 'intent', 'confirmed'), (7, 'amend', 'confirmed', 'confirmed'), (8, 'cancel', 'confirmed', 'cancelled'))
        as want (seq, action, before, after)
    $$,
    'each change has its row: actor, before, after, request'
);
select results_eq(
    $$
    select seq, action, before ->> 'role', after ->> 'role' from app.audit_log
    where site_id = tap.site('acme') and object_type = 'site_member' order by seq
    $$,
    $$
    values (1::bigint, 'insert', null, 'owner'), (2, 'insert', null, 'editor'), (3, 'insert', null, 'viewer'),
        (4, 'insert', null, 'editor'), (5, 'delete', 'editor', null)
    $$,
    'so has each change of membership'
);
select is_empty(
    $$select * from app.audit_log where audit_log::text ~ '(Ay|0532|cash|905321112233|people\.example)'$$,
    'no personal data: not the note, not a number, not an address'
);
select is((after ->> 'note_changed')::boolean, true, 'that the note changed is there') from app.audit_log where action = 'seal';
select is((after ->> 'note_changed')::boolean, false, 'and that it did not') from app.audit_log where action = 'cancel';
select is(
    (select count(*) from app.audit_log where site_id = tap.site('acme')), 8::bigint, 'ingest writes none'
);

-- the chain
select is(ops.verify_audit(tap.site('acme')), null, 'the chain holds');
select is(ops.verify_audit(tap.site('neighbour')), null, 'each site has its own, from 1');
select is(min(seq), 1::bigint, 'the neighbour''s begins at 1') from app.audit_log where site_id = tap.site('neighbour');

-- append-only, whoever asks
select throws_ok(statement, 'PT403', 'audit_append_only', format('%s: %s', who, statement))
from (values ('the superuser')) as someone (who)
cross join unnest(array[
    'update app.audit_log set actor = ''system''', 'delete from app.audit_log', 'truncate app.audit_log',
    'delete from app.audit_log where seq = 1'
]) as statement;
set local role app_owner;
alter table app.audit_log disable row level security;
select throws_ok(statement, 'PT403', 'audit_append_only', 'app_owner: ' || statement)
from unnest(array[
    'update app.audit_log set actor = ''system''', 'delete from app.audit_log', 'truncate app.audit_log'
]) as statement;
alter table app.audit_log enable row level security;
reset role;
set local role app_definer;
select throws_ok(statement, '42501', null, 'app_definer: ' || statement)
from unnest(array[
    'update app.audit_log set actor = ''system''', 'delete from app.audit_log', 'truncate app.audit_log'
]) as statement;
reset role;

-- who passes by the trigger is seen
alter table app.audit_log disable trigger user;
select is(ops.verify_audit(tap.site('acme')), null, 'still whole');
savepoint whole;
update app.audit_log set actor = 'system' where site_id = tap.site('acme') and seq = 6;
select is(ops.verify_audit(tap.site('acme')), 6::bigint, 'a changed actor');
rollback to whole;
update app.audit_log set after = after || '{"sale_amount": 1}' where site_id = tap.site('acme') and seq = 7;
select is(ops.verify_audit(tap.site('acme')), 7::bigint, 'a changed amount');
rollback to whole;
update app.audit_log set at = at + interval '1 microsecond' where site_id = tap.site('acme') and seq = 3;
select is(ops.verify_audit(tap.site('acme')), 3::bigint, 'a changed time');
rollback to whole;
delete from app.audit_log where site_id = tap.site('acme') and seq = 4;
select is(ops.verify_audit(tap.site('acme')), 5::bigint, 'a row taken out');
rollback to whole;
delete from app.audit_log where site_id = tap.site('acme') and seq = 1;
select is(ops.verify_audit(tap.site('acme')), 2::bigint, 'the first row taken out');
rollback to whole;
-- changed and hashed anew: its successor gives it away
update app.audit_log as entry set actor = 'system' where site_id = tap.site('acme') and seq = 6;
update app.audit_log as entry set hash = access.audit_hash(entry) where site_id = tap.site('acme') and seq = 6;
select is(ops.verify_audit(tap.site('acme')), 7::bigint, 'a row changed and hashed anew');
rollback to whole;

-- and its successor bent to it
update app.audit_log as entry set actor = 'system' where site_id = tap.site('acme') and seq = 6;
update app.audit_log as entry set hash = access.audit_hash(entry) where site_id = tap.site('acme') and seq = 6;
update app.audit_log as entry set previous_hash = (
    select before.hash from app.audit_log as before where before.site_id = entry.site_id and before.seq = 6
) where site_id = tap.site('acme') and seq = 7;
select is(ops.verify_audit(tap.site('acme')), 7::bigint, 'and its successor bent to it');
rollback to whole;

select ok(ops.verify_audits() >= 2, 'the job counts the chains that hold');
update app.audit_log set actor = 'system' where site_id = tap.site('acme') and seq = 6;
select throws_like(
    'select ops.verify_audits()', format('%%site %s does not hold from entry 6 on%%', tap.site('acme')),
    'the job fails at a broken one, and names it'
);
rollback to whole;

select throws_ok(
    $$insert into app.audit_log select * from app.audit_log where seq = 1$$, '23505', null, 'no number twice'
);

select * from finish();
rollback;
