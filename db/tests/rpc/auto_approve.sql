-- Stale cards that look real are confirmed by a job, where the site wants it; and what people decided stays theirs.
begin;
select no_plan();
select tap.make_everyone();
update app.sites set auto_approve = true, undo_window = '0', conversion_hold = '0';

select tap.lead(name, 'g-' || name) from unnest(array['real', 'fresh', 'restored', 'deleted', 'bot']) as name;
select tap.lead('unpaid');
select tap.lead('paid by medium', query => 'utm_medium=cpc');
select tap.lead('theirs', 'g-theirs', site => 'neighbour');
select tap.send('quick', jsonb_build_array(tap.event('page_view', '9 seconds'), tap.event('phone_call', '0')), url => 'https://acme.example/?gclid=g');
select tap.send('bare', tap.event('phone_call'), url => 'https://acme.example/?gclid=g');
update app.sessions set is_bot = true where id = tap.session('bot');
select tap.become('editor');
select tap.judge('junk', tap.card('restored'));
select tap.judge('restore', tap.card('restored'));
select tap.become_nobody();
update app.calls set deleted_at = now() where id = tap.card('deleted');
update app.calls set received_at = now() - interval '24 hours 1 second' where session_id <> tap.session('fresh');
update app.calls set received_at = now() - interval '23 hours 59 minutes' where session_id = tap.session('fresh');
update app.sites set auto_approve = false where name = 'neighbour';

select is(ops.auto_approve(), 1::bigint, 'one of them');
select results_eq(
    $$
    select id, score_breakdown ->> 'qualified_by', sale_amount, judged_by, sealed_by, judged_action, oci_status, oci_reason
    from app.calls where status = 'confirmed'
    $$,
    $$values (tap.card('real'), 'auto', null::numeric, null::uuid, null::uuid, 'auto_approve', 'suppressed', 'no_amount')$$,
    'the real one, by nobody, without an amount, and so not exported'
);
select is(actor, 'system', 'the audit log says who') from app.audit_log where object_id = tap.card('real');
select is(ops.auto_approve(), 0::bigint, 'once');
select tap.become('editor');
select is(tap.judge('undo', tap.card('real')), 'nothing_to_undo', 'it is nobody''s to undo');
select is(tap.judge('cancel', tap.card('real')), 'cancelled', 'but can be cancelled');
select is(tap.judge('restore', tap.card('real')), 'intent', 'and put back');
select tap.become_nobody();
select is(ops.auto_approve(), 0::bigint, 'what a person put back stays there');
select is(score_breakdown ? 'qualified_by', false, 'and is no longer said to be approved') from app.calls where id = tap.card('real');

-- The site's own value, and the limit
update app.sites set auto_approve_value = 250, auto_approve_hours = 1 where name = 'acme';
select is(ops.auto_approve(), 1::bigint, 'another limit: the fresh one');
select is(state || ' ' || amount, 'held 250.00', 'exported with the site''s value') from app.conversions where subject_id = tap.session('fresh');
select tap.become('editor');
select is(tap.judge('amend', tap.card('fresh'), amount => 90), 'confirmed', 'a person says what it was');
select tap.become_nobody();
select is(amount, 90.00, 'that counts') from app.conversions where subject_id = tap.session('fresh');

-- As many as a transaction may
select tap.lead('many ' || n, 'm' || n) from generate_series(1, 101) as n;
update app.calls set received_at = now() - interval '2 hours' where status = 'intent';
update app.sites set auto_approve = true where name = 'neighbour';
select is(ops.auto_approve(), 100::bigint, 'a hundred a run');

-- By hand
select is(tap.outcome(name, format('select api.auto_approve_stale_intents(%L)', tap.site('acme'))), want, name)
from (values ('anon', '42501'), ('stranger', 'PT404'), ('neighbour', 'PT404'), ('viewer', 'PT403')) as who (name, want);
select is((select count(*) from app.calls where status = 'intent' and session_id = any (
    select tap.session('many ' || n) from generate_series(1, 101) as n
)) + (select count(*) from app.calls where status = 'intent' and id = tap.card('theirs', 'neighbour')), 2::bigint, 'two are left');
select tap.become('editor');
select results_eq(
    format('select approved, more from api.auto_approve_stale_intents(%L)', tap.site('acme')), 'values (1::bigint, false)', 'an editor need not wait for the job'
);
select is(access.user_id(), tap.person('editor'), 'and is who they were');
select tap.become_nobody();
select is(status, 'intent', 'the neighbour''s waits') from app.calls where id = tap.card('theirs', 'neighbour');
select results_eq(
    $$select actor, object_type from app.audit_log where action = 'auto_approve' order by at desc limit 2$$,
    format($$values ('system', 'call'), (%L, 'site')$$, 'user:' || tap.person('editor')), 'who set it off, and that the system decided'
);
update app.sites set auto_approve = false;
select tap.become('editor');
select throws_ok(
    format('select api.auto_approve_stale_intents(%L)', tap.site('acme')), 'PT409', 'auto_approve_off', 'not where the site does not want it'
);
select tap.become_nobody();
update app.sites set auto_approve = true, deleted_at = now() where name = 'neighbour';
select is(ops.auto_approve(), 0::bigint, 'nor at an archived site');
select is(ops.verify_audit(tap.site('acme')), null, 'the chain holds');

-- A site whose cards can not be written keeps no other site's from being approved
update app.sites set deleted_at = null, auto_approve = true;
select tap.lead('spoiled', 'g-spoiled');
select tap.lead('next', 'g-next', site => 'neighbour');
update app.calls set received_at = now() - interval '2 days' where status = 'intent';
create function pg_temp.spoil() returns trigger language plpgsql as $$begin raise exception 'spoiled'; end$$;
create trigger spoil before update on app.calls for each row
when (new.status <> old.status and new.click_id = 'g-spoiled') execute function pg_temp.spoil();
select isnt_empty('select from ops.stale_cards(null) where call_id = tap.card(''spoiled'')', 'one is spoiled');
select cmp_ok(ops.auto_approve(), '>=', 1::bigint, 'the job goes on');
select is(status, 'intent', 'the one stays') from app.calls where id = tap.card('spoiled');
select is(status, 'confirmed', 'the other is approved') from app.calls where id = tap.card('next', 'neighbour');

select * from finish();
rollback;
