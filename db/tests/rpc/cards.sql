-- seal, amend, junk, restore, cancel, undo
begin;
select no_plan();
select tap.make_everyone();

-- Brings a card of its own into a state, as the editor.
create function tap.card_in(state text, session text default gen_random_uuid()::text) returns uuid language plpgsql as $$
declare
    v_id uuid := tap.lead(session, 'click-' || md5(session));
begin
    perform tap.become('editor');
    if state in ('confirmed', 'cancelled') then
        perform tap.judge('seal', v_id);
    end if;
    if state = 'cancelled' then
        perform tap.judge('cancel', v_id);
    end if;
    if state = 'junk' then
        perform tap.judge('junk', v_id);
    end if;
    return v_id;
end;
$$;

-- The whole table: every status, every action.
select is(tap.judge(action, tap.card_in(state)), want, format('%s a card that is %s', action, state))
from (
    values
    ('intent', 'seal', 'confirmed'), ('intent', 'amend', 'transition_not_allowed'), ('intent', 'junk', 'junk'),
    ('intent', 'restore', 'transition_not_allowed'), ('intent', 'cancel', 'transition_not_allowed'),
    ('confirmed', 'seal', 'transition_not_allowed'), ('confirmed', 'amend', 'confirmed'),
    ('confirmed', 'junk', 'transition_not_allowed'), ('confirmed', 'restore', 'transition_not_allowed'),
    ('confirmed', 'cancel', 'cancelled'),
    ('junk', 'seal', 'transition_not_allowed'), ('junk', 'amend', 'transition_not_allowed'),
    ('junk', 'junk', 'transition_not_allowed'), ('junk', 'restore', 'intent'), ('junk', 'cancel', 'transition_not_allowed'),
    ('cancelled', 'seal', 'transition_not_allowed'), ('cancelled', 'amend', 'transition_not_allowed'),
    ('cancelled', 'junk', 'transition_not_allowed'), ('cancelled', 'restore', 'intent'),
    ('cancelled', 'cancel', 'transition_not_allowed')
) as step (state, action, want);
select is_empty(
    $$
    select state, other from unnest(array['intent', 'confirmed', 'junk', 'cancelled']) as state
    cross join unnest(array['intent', 'confirmed', 'junk', 'cancelled']) as other
    where state <> other and (state, other) not in (
        select from_status, to_status from app.call_transitions where action not in ('undo', 'auto_approve')
    ) and (state, other) in (select from_status, to_status from app.call_transitions where action <> 'undo')
    $$,
    'the table of steps holds no other'
);

-- What undo gives back.
select tap.become_nobody();
create temporary table undone (why text, state text, action text, want text);
insert into undone values
('a seal', 'intent', 'seal', 'intent'), ('a junk', 'intent', 'junk', 'intent'), ('an amend', 'confirmed', 'amend', 'confirmed'),
('a cancel', 'confirmed', 'cancel', 'cancelled'), ('a restore of junk', 'junk', 'restore', 'junk'),
('a restore of a cancelled one', 'cancelled', 'restore', 'cancelled');
update undone set want = 'confirmed' where action = 'cancel';
alter table undone add id uuid;
grant select, update on undone to authenticated;
update undone set id = tap.card_in(state);
do $$ declare v_one record; begin for v_one in select * from undone loop perform tap.judge(v_one.action, v_one.id, amount => 777); end loop; end; $$;
select is(tap.judge('undo', id), want, 'undo of ' || why) from undone;
select is(tap.judge('undo', id), 'nothing_to_undo', 'an undo can not be undone: ' || why) from undone;
select is(
    (select sale_amount from app.calls where calls.id = undone.id),
    case when want in ('confirmed', 'cancelled') then 100.00 end, 'the amount is as it was before ' || why
)
from undone;
select is(tap.judge('undo', tap.card_in('intent')), 'nothing_to_undo', 'a new card has nothing to undo');
select is(sealed_at is null and sealed_by is null, true, 'an undone seal leaves no seal')
from app.calls where id = (select id from undone where why = 'a seal');

-- same actor, within the window
select tap.card_in('confirmed', 'mine');
select tap.become('owner');
select is(tap.judge('undo', tap.card('mine')), 'nothing_to_undo', 'nobody undoes what another did');
select tap.become('admin');
select is(tap.judge('undo', tap.card('mine')), 'nothing_to_undo', 'not even an admin');
select tap.become_nobody();
update app.calls set judged_at = judged_at - interval '10 minutes' where id = tap.card('mine');
select tap.become('editor');
select is(tap.judge('undo', tap.card('mine')), 'intent', 'at ten minutes it may be taken back');
select tap.card_in('confirmed', 'late');
select tap.become_nobody();
update app.calls set judged_at = judged_at - interval '10 minutes 1 second' where id = tap.card('late');
select tap.become('editor');
select is(tap.judge('undo', tap.card('late')), 'nothing_to_undo', 'a second later no more');

-- what is no judgement: the last one stands
select tap.card_in('junk', 'flagged');
select is(tap.judge('undo', tap.card('flagged')), 'intent', 'undone');
select is(tap.outcome('editor', format('update app.calls set caller_phone = ''+905329998877'' where id = %L', tap.card('flagged'))), '1', 'a number is added after an undo');
select lives_ok(format('update app.calls set suspicious = true where id = %L', tap.card('flagged')), 'flagged after an undo');
select lives_ok(format('update app.calls set deleted_at = now() where id = %L', tap.card('flagged')), 'deleted after an undo');
update app.calls set deleted_at = null where id = tap.card('flagged');
select is(version, 7, 'each raises the version') from app.calls where session_id = tap.session('flagged');
select results_eq(
    $$select action from app.audit_log where object_id = tap.card('flagged') order by seq$$,
    $$values ('junk'), ('undo'), ('update'), ('update'), ('delete'), ('undelete')$$, 'each is in the audit log, under no false name'
);
select tap.card_in('confirmed', 'numbered');
select tap.outcome('editor', format('update app.calls set caller_phone = ''+905329998877'' where id = %L', tap.card('numbered'))) is not null;
select tap.become('editor');
select is(tap.judge('undo', tap.card('numbered')), 'intent', 'a number added does not stand in the way of an undo');
select is(caller_phone, '+905329998877', 'and stays') from app.calls where session_id = tap.session('numbered');

-- the version
select is(tap.judge('seal', tap.card_in('intent', 'v'), 7), 'stale_version', 'another version than the card''s');
select is(tap.judge('seal', tap.card('v'), 1), 'confirmed', 'the card''s version');
select is(tap.version(tap.card('v')), 2, 'an operator''s write raises it');
select is(tap.judge('cancel', tap.card('v'), 1), 'stale_version', 'who saw the card before must look again');
select is((api.cancel(tap.card('v'), null)).conflict, 'stale_version', 'no version is no version');
select results_eq(
    $$select status, version, conflict from api.cancel(tap.card('v'), 1)$$, $$values ('confirmed', 2, 'stale_version')$$,
    'a conflict shows the current row'
);

-- one open card: what comes back finds the place taken
select tap.card_in('junk', 'taken');
select tap.become_nobody();
create temporary table junked as select tap.card('taken') as id;
grant select on junked to authenticated;
select tap.become('editor');
select tap.lead('taken', 'click-2', '10 seconds');
select is((select count(*) from app.calls where session_id = tap.session('taken')), 2::bigint, 'a new tap after the judgement');
select is(tap.judge('restore', id), 'open_card_exists', 'restore beside an open card') from junked;
select is((api.restore(id, 2)).conflict_call_id, tap.card('taken'), 'the answer names it') from junked;
select is(tap.judge('undo', id), 'open_card_exists', 'undo beside an open card') from junked;
select is((select status from app.calls where calls.id = junked.id), 'junk', 'nothing was changed') from junked;
select is(tap.judge('junk', tap.card('taken')), 'junk', 'the open one is judged');
select is(tap.judge('restore', id), 'intent', 'and the place is free') from junked;

-- amount and currency
select is(
    tap.judge('seal', tap.card_in('intent'), amount => amount::numeric), want, 'seal with ' || coalesce(amount, 'no amount')
)
from (
    values
    ('0', 'confirmed'), ('0.01', 'confirmed'), ('1250.5', 'confirmed'), ('1250.50', 'confirmed'), ('1250.500', 'confirmed'),
    ('9999999999.99', 'confirmed'),
    ('0.001', 'PT400 invalid_amount'), ('1250.505', 'PT400 invalid_amount'), ('-0.01', 'PT400 invalid_amount'),
    ('NaN', 'PT400 invalid_amount'), ('Infinity', 'PT400 invalid_amount'), ('-Infinity', 'PT400 invalid_amount'),
    ('10000000000', 'PT400 invalid_amount'), ('1e12', 'PT400 invalid_amount'), ('1e-400', 'PT400 invalid_amount'),
    (null, 'PT400 invalid_amount')
) as try (amount, want);
select is(tap.judge('amend', tap.card_in('confirmed'), amount => amount), want, format('amend to %s', amount))
from (values (0::numeric, 'confirmed'), ('NaN', 'PT400 invalid_amount'), (-1, 'PT400 invalid_amount'), (null, 'confirmed')) as try (amount, want);
select is(tap.judge('seal', tap.card_in('intent'), currency => currency), want, 'seal in ' || coalesce(currency, 'no currency'))
from (
    values
    ('TRY', 'confirmed'), ('EUR', 'currency_mismatch'), ('TL', 'PT400 invalid_currency'), ('try', 'PT400 invalid_currency'),
    (E'TRY\n', 'PT400 invalid_currency'), ('', 'PT400 invalid_currency'), (null, 'PT400 invalid_currency')
) as try (currency, want);
select is(tap.judge(action, tap.card_in(state), note => repeat('x', 2001)), 'PT400 invalid_note', action || ' with an endless note')
from (values ('seal', 'intent'), ('amend', 'confirmed'), ('junk', 'intent'), ('restore', 'junk'), ('cancel', 'confirmed')) as try (action, state);

-- notes and amounts: what is left out stays
select is(tap.judge('seal', tap.card_in('intent', 'noted'), amount => 10, note => 'first'), 'confirmed', 'sealed with a note');
select is(tap.judge('amend', tap.card('noted'), amount => 20), 'confirmed', 'the amount alone');
select results_eq($$select sale_amount, note from app.calls where id = tap.card('noted')$$, $$values (20.00, 'first')$$, 'the note stays');
select is(tap.judge('amend', tap.card('noted'), amount => null, note => 'second'), 'confirmed', 'the note alone');
select results_eq($$select sale_amount, note from app.calls where id = tap.card('noted')$$, $$values (20.00, 'second')$$, 'the amount stays');
select is(tap.judge('amend', tap.card('noted'), amount => null, note => ''), 'confirmed', 'an empty note');
select is((select note from app.calls where id = tap.card('noted')), null, 'removes it');
select is(tap.judge('cancel', tap.card('noted')), 'cancelled', 'cancelled');
select is((select sale_amount from app.calls where id = tap.card('noted')), 20.00, 'shows what it was');
select is(tap.judge('restore', tap.card('noted')), 'intent', 'restored');
select is((select sale_amount from app.calls where id = tap.card('noted')), null, 'has no amount');

-- actor and time are the server's
select results_eq(
    $$select sealed_by, sealed_at, judged_by, judged_action from app.calls where id = tap.card('v')$$,
    $$select tap.person('editor'), now(), tap.person('editor'), 'seal'$$, 'actor from the token, time from the server'
);

-- who may: a card that the asker may not see answers exactly like one that does not exist
select tap.become_nobody();
create temporary table step (action text);
insert into step values ('seal'), ('amend'), ('junk'), ('restore'), ('cancel'), ('undo');
grant select on step to authenticated;
select tap.card_in('intent', 'wanted');
select tap.become(name), is(tap.judge(action, card), 'PT404 call_not_found', format('%s: %s %s', name, action, why))
from unnest(array['neighbour', 'stranger', 'removed']) as name cross join step
cross join (values (tap.card('wanted'), 'acme''s card'), (gen_random_uuid(), 'no card'), (null, 'null')) as it (card, why);
select tap.become('viewer');
select is(tap.judge(action, tap.card('wanted')), 'PT403 editor_required', 'viewer: ' || action) from step;
select is(tap.judge(action, gen_random_uuid()), 'PT404 call_not_found', format('viewer: %s no card', action)) from step;
select is(tap.outcome('anon', format('select api.seal(%L, 1, ''TRY'', 1)', tap.card('wanted'))), '42501', 'anon seals nothing');
select is(tap.outcome('service_role', format('select api.seal(%L, 1, ''TRY'', 1)', tap.card('wanted'))), '42501', 'service_role seals nothing');
select tap.become('owner');
select is(tap.judge('seal', tap.card('wanted')), 'confirmed', 'an owner seals');
select tap.become('admin');
select is(tap.judge('cancel', tap.card('wanted')), 'cancelled', 'an admin cancels');
select tap.become_nobody();
update app.calls set deleted_at = now() where id = tap.card('wanted');
select tap.become('owner');
select is(tap.judge('restore', tap.card('wanted')), 'PT404 call_not_found', 'a deleted card is not there');
select tap.become_nobody();
select tap.card_in('intent', 'archived');
select tap.become_nobody();
update app.sites set deleted_at = now() where name = 'acme';
select tap.become('owner');
select is(tap.judge('seal', tap.card('archived')), 'PT404 call_not_found', 'an archived site''s cards are not there');

-- a visitor's tap between looking and judging does not stand in the way
select tap.become_nobody();
update app.sites set deleted_at = null where name = 'acme';
select tap.card_in('intent', 'again');
select tap.lead('again', 'click', '5 seconds');
select tap.become('editor');
select is(tap.judge('seal', tap.card('again'), 1), 'confirmed', 'a further tap does not raise the version');

-- judged cards have a whole chain behind them
select tap.become_nobody();
select is(ops.verify_audit(tap.site('acme')), null, 'the audit chain holds');

select * from finish();
rollback;
