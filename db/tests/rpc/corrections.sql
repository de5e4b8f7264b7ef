-- Sales that change after they were told, also where the platform takes no correction any more.
begin;
select no_plan();
select tap.make_everyone();
update app.sites set conversion_hold = '0', undo_window = '0', adjustment_hold = '0';
create temporary table secret as
select access.create_feed_credential(tap.site('acme'), 'acme-feed') as value;

-- How many rows of a feed a platform would see with this text.
create function tap.told(text text, name text default 'conversions.csv') returns bigint language plpgsql as $$
declare
    v_text text;
begin
    perform set_config('request.headers', jsonb_build_object('authorization', 'Basic ' || translate(
        encode(convert_to('acme-feed:' || (select value from secret), 'UTF8'), 'base64'), E'\n', ''
    ))::text, true);
    perform tap.become_role('anon');
    execute format('select api.%I()', told.name) into v_text;
    perform tap.become_nobody();
    perform tap.headers();
    return (select count(*) from regexp_split_to_table(v_text, chr(10)) as line where strpos(line, told.text) > 0);
end;
$$;
create function tap.desk(action text, session text, amount numeric default 100) returns text language plpgsql as $$
declare
    v_status text;
begin
    perform tap.become('editor');
    v_status := tap.judge(desk.action, tap.card(session), amount => desk.amount);
    perform tap.become_nobody();
    return v_status;
end;
$$;
create function tap.shown(session text) returns text language sql as $$
    select concat_ws(' ', oci_status, oci_reason) from app.calls where id = tap.card(session);
$$;
create function tap.orders(session text) returns text language sql as $$
    select string_agg(distinct round || ' ' || order_id, ', ') from app.conversions where subject_id = tap.session(session);
$$;
-- Days pass over what was told.
create function tap.age(session text, days integer) returns void language sql as $$
    update app.conversions set
        clicked_at = clicked_at - days * interval '1 day', occurred_at = occurred_at - days * interval '1 day'
    where subject_id = tap.session(session);
    update app.calls set clicked_at = clicked_at - days * interval '1 day', tapped_at = tapped_at - days * interval '1 day'
    where session_id = tap.session(session);
$$;

-- wbraid: never adjustable
select tap.lead('wbraid', null, '10 minutes', query => 'wbraid=WB-1');
select is(tap.desk('seal', 'wbraid'), 'confirmed', 'sold');
select ops.offer_conversions();
create temporary table told as select tap.orders('wbraid') as orders;
select is(tap.told(',,WB-1,'), 1::bigint, 'and told');
select is(tap.desk('cancel', 'wbraid'), 'cancelled', 'fell through');
select is(tap.shown('wbraid'), 'suppressed wbraid_not_adjustable', 'the card says that it can not be taken back');
select is(tap.told('WB-1'), 0::bigint, 'but it is not told again');
select is(tap.told('om-', 'adjustments.csv'), 0::bigint, 'and no correction goes out');
select is(tap.desk('restore', 'wbraid'), 'intent', 'restored');
select is(tap.shown('wbraid'), '', 'an open card is nowhere');
select is(tap.told('WB-1'), 0::bigint, 'nor in the feed');
select is(tap.desk('seal', 'wbraid'), 'confirmed', 'sold after all');
select is(tap.shown('wbraid'), 'offered', 'the card says that it is told');
select is(tap.told(',,WB-1,'), 1::bigint, 'the feed has it again');
select is(tap.orders('wbraid'), orders, 'the same order, no second round') from told;
select is(tap.desk('amend', 'wbraid', 70), 'confirmed', 'another amount');
select is(tap.shown('wbraid'), 'offered wbraid_not_adjustable', 'the sale stays as it was told, and the card says why');
select is(tap.told(',,WB-1,Sealed Lead,') + tap.told(',100.00,TRY,'), 2::bigint, 'with its first amount');

-- too old to be adjusted
select tap.lead('old', 'GC-old', '10 minutes');
select is(tap.desk('seal', 'old'), 'confirmed', 'sold');
select ops.offer_conversions();
select tap.age('old', 55);
truncate told;
insert into told select tap.orders('old');
select is(tap.desk('cancel', 'old'), 'cancelled', 'fell through 55 days later');
select is(tap.shown('old'), 'suppressed too_old_to_adjust', 'the card says that it can not be taken back');
select is(tap.told('GC-old'), 0::bigint, 'but it is not told again');
select is(tap.desk('restore', 'old'), 'intent', 'restored'), is(tap.desk('seal', 'old'), 'confirmed', 'sold after all');
select is(tap.orders('old'), orders, 'the same order, no second round') from told;
select is(tap.shown('old') || tap.told('GC-old'), 'offered1', 'and told as before');

-- a correction that grows too old while it is held
update app.sites set adjustment_hold = '24 hours' where name = 'acme';
select tap.lead('slow', 'GC-slow', '10 minutes'), tap.lead('slow cancel', 'GC-cancel', '10 minutes');
select is(tap.desk('seal', session), 'confirmed', 'sold') from (values ('slow'), ('slow cancel')) as visit (session);
select ops.offer_conversions();
select is(tap.desk('amend', 'slow', 70), 'confirmed', 'another amount'), is(tap.desk('cancel', 'slow cancel'), 'cancelled', 'another fell through');
select is(tap.shown('slow') || ', ' || tap.shown('slow cancel'), 'held restatement, held retraction', 'both corrections wait');
select tap.age('slow', 55), tap.age('slow cancel', 55);
update app.conversions set held_until = now() where state = 'held';
select ops.offer_conversions();
select is(tap.shown('slow') || ', ' || tap.shown('slow cancel'), 'offered too_old_to_adjust, suppressed too_old_to_adjust', 'until it is too late');
select results_eq(
    $$select kind, amount, state, reason, offered_at from app.conversions where subject_id in (tap.session('slow'), tap.session('slow cancel')) and revision = 1 order by 1$$,
    $$values ('restatement', 70.00, 'suppressed', 'too_old_to_adjust', null::timestamptz), ('retraction', 0, 'suppressed', 'too_old_to_adjust', null)$$,
    'neither is offered'
);
update app.sites set adjustment_hold = '0' where name = 'acme';

-- a conversion whose click leaves the window while it is held
select tap.lead('late', 'GC-late', '10 minutes'), is(tap.desk('seal', 'late'), 'confirmed', 'sold');
select tap.age('late', 86);
select is((select state from app.conversions where subject_id = tap.session('late')), 'held', 'held while its click grew old');
select ops.offer_conversions();
select is(tap.shown('late'), 'suppressed click_too_old', 'the card says why it does not go out');
select is((select offered_at from app.conversions where subject_id = tap.session('late')), null, 'it was never offered');

-- a second round keeps its later time when it is said anew
select tap.lead('again', 'GC-again', '10 minutes'), is(tap.desk('seal', 'again'), 'confirmed', 'sold');
select ops.offer_conversions();
select is(tap.desk('cancel', 'again'), 'cancelled', 'fell through');
update app.conversions set held_until = now() where state = 'held';
select ops.offer_conversions();
-- Under another name the platform would not take the two for one: nothing else moves the time.
update app.sites set conversion_name = 'Sale' where name = 'acme';
select is(tap.desk('restore', 'again'), 'intent', 'restored'), is(tap.desk('seal', 'again'), 'confirmed', 'sold after all');
select is(tap.desk('amend', 'again', amount), 'confirmed', 'another amount: ' || amount) from (values (70), (60)) as change (amount);
select results_eq(
    $$
    select array_agg(state order by round), max(amount) filter (where round = 2), (max(occurred_at) filter (where round = 2)) > min(occurred_at) from app.conversions
    where subject_id = tap.session('again') and revision = 0
    $$,
    $$values ('{offered,held}'::text[], 60.00, true)$$, 'round two, rewritten, is still later than round one'
);

-- sums
select tap.lead('large', 'GC-large', '10 minutes'), is(tap.desk('seal', 'large', 9999999999), 'confirmed', 'the largest sale');
select tap.lead('large', 'GC-large', '2 minutes'), is(tap.desk('seal', 'large', 9999999999), 'confirmed', 'and another in the same visit');
select is((select amount from app.conversions where subject_id = tap.session('large')), 19999999998.00, 'told as their sum');
select ops.offer_conversions();
select is(tap.told(',19999999998.00,TRY,'), 1::bigint, 'in the feed');

-- the currency is fixed after the first sale, whatever became of it
delete from app.conversions;
delete from app.calls;
select lives_ok($$update app.sites set currency = 'EUR' where name = 'acme'$$, 'before a sale the currency is free');
update app.sites set currency = 'TRY' where name = 'acme';
select tap.lead('only', 'GC-only');
select lives_ok($$update app.sites set currency = 'EUR' where name = 'acme'$$, 'an open card is no sale');
update app.sites set currency = 'TRY' where name = 'acme';
select is(tap.desk(action, 'only'), status, action),
    throws_ok($$update app.sites set currency = 'EUR' where name = 'acme'$$, 'PT409', 'currency_fixed', 'fixed: ' || status)
from (values ('seal', 'confirmed'), ('cancel', 'cancelled'), ('restore', 'intent'), ('junk', 'junk')) as step (action, status);
select lives_ok($$update app.sites set currency = 'EUR' where name = 'neighbour'$$, 'another site''s is its own');

select * from finish();
rollback;
