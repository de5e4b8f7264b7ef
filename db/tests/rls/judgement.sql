-- An operator with SQL instead of the functions: the same rules.
begin;
select no_plan();
select tap.make_everyone();
select tap.lead('open', 'GC-1'), tap.lead('sold', 'GC-2'), tap.lead('fell', 'GC-3');
select tap.become('editor');
select is(tap.judge('seal', tap.card(session)), 'confirmed', 'sold: ' || session) from (values ('sold'), ('fell')) as visit (session);
select is(tap.judge('cancel', tap.card('fell')), 'cancelled', 'fell through');
select tap.become_nobody();

create function tap.change(session text, change text) returns text language sql as $$
    select tap.outcome('editor', format('update app.calls set %s where id = %L', change, tap.card(session)));
$$;
select is(tap.change(session, change), want, format('%s: %s', session, change))
from (
    values
    -- only a job approves by itself
    ('open', 'status = ''confirmed'', judged_action = ''auto_approve''', 'PT403'),
    ('open', 'judged_action = ''auto_approve''', 'PT403'),
    ('sold', 'note = ''x'', judged_action = ''auto_approve''', 'PT403'),
    ('sold', 'status = ''cancelled'', judged_action = ''auto_approve''', 'PT403'),
    -- an action that does not exist, or none
    ('sold', 'note = ''x'', judged_action = ''forge''', '23514'),
    ('sold', 'note = ''x'', judged_action = ''''', '23514'),
    ('sold', 'note = ''x'', judged_action = null', 'PT409'),
    ('open', 'note = ''x''', 'PT409'),
    -- what is no sum of money
    ('sold', 'sale_amount = ''NaN'', judged_action = ''amend''', '23514'),
    ('sold', 'sale_amount = 10000000000, judged_action = ''amend''', '22003|23514'),
    ('sold', 'sale_amount = ''Infinity'', judged_action = ''amend''', '22003|23514'),
    ('sold', 'sale_amount = -1, judged_action = ''amend''', '23514'),
    ('open', 'status = ''confirmed'', sale_amount = ''NaN'', judged_action = ''seal''', '23514'),
    -- the amount of a sale that fell through stands
    ('fell', 'sale_amount = 5, judged_action = ''amend''', 'PT409'),
    ('fell', 'sale_amount = null, judged_action = ''amend''', 'PT409'),
    ('fell', 'sale_amount = 5, judged_action = ''cancel''', 'PT409'),
    ('sold', 'status = ''cancelled'', sale_amount = 5, judged_action = ''cancel''', 'PT409'),
    ('sold', 'sale_amount = 5, judged_action = ''junk''', 'PT409'),
    ('sold', 'sale_amount = null, judged_action = ''amend''', 'PT409'),
    -- a seal has an amount
    ('open', 'status = ''confirmed'', judged_action = ''seal''', 'PT409'),
    ('open', 'status = ''confirmed'', sale_amount = null, judged_action = ''seal''', 'PT409')
) as try (session, change, codes)
cross join lateral (
    select case when tap.change(session, change) = any (string_to_array(codes, '|')) then tap.change(session, change) else codes end as want
) as one_of;
select results_eq(
    $$select status, sale_amount, note, version from app.calls order by click_id$$,
    $$values ('intent', null::numeric, null::text, 1), ('confirmed', 100, null, 2), ('cancelled', 100, null, 3)$$,
    'and nothing has changed'
);

-- what they may
select is(tap.change('open', 'status = ''confirmed'', sale_amount = 7, judged_action = ''seal'''), '1', 'a seal with its amount');
select is(tap.change('sold', 'sale_amount = 8, judged_action = ''amend'''), '1', 'an amended amount');
select is(tap.change('fell', 'note = ''x'', judged_action = ''cancel'''), '1', 'a note on a cancelled card');
select is(tap.change('sold', 'status = ''cancelled'', judged_action = ''cancel'''), '1', 'a cancel');
-- the job is no operator
select tap.lead('auto', 'GC-4');
select lives_ok(
    $$update app.calls set status = 'confirmed', judged_action = 'auto_approve' where session_id = tap.session('auto')$$,
    'a job approves'
);

select * from finish();
rollback;
