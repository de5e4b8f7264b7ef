begin;
select no_plan();
select tap.make_everyone();

select throws_ok(
    format('update app.sites set %I = %s where name = ''acme''', setting, value), code, null, format('%s refuses %s', setting, value)
)
from (
    values
    ('public_key', '''ABCDEF00000000000000000000000000''', '23514'),
    ('public_key', '''abc''', '23514'),
    ('public_key', E'''abcdef00000000000000000000000000\n''', '23514'),
    ('public_key', '(select public_key from app.sites where name = ''neighbour'')', '23505'),
    ('name', '''''', '23514'),
    ('domain', '''https://acme.example''', '23514'),
    ('domain', '''Acme.example''', '23514'),
    ('domain', '''acme.example.''', '23514'),
    ('country', '''tr''', '23514'),
    ('currency', '''TL''', '23514'),
    ('currency', '''try''', '23514'),
    ('consent_mode', '''maybe''', '23514'),
    ('events_per_minute', '59', '23514'),
    ('assumed_cpc', '-0.01', '23514'),
    ('default_lead_value', '-1', '23514'),
    ('auto_approve_hours', '0', '23514'),
    ('auto_approve_hours', '169', '23514'),
    ('auto_approve_value', '0', '23514'),
    ('undo_window', '''-1 second''', '23514'),
    ('undo_window', '''25 hours''', '23514'),
    ('conversion_name', '''=cmd()''', '23514'),
    ('conversion_name', '''+1''', '23514'),
    ('conversion_name', '''@x''', '23514'),
    ('conversion_name', '''-x''', '23514'),
    ('conversion_name', E'''a\nb''', '23514'),
    ('conversion_name', '''''', '23514'),
    ('conversion_name', 'repeat(''x'', 101)', '23514'),
    ('conversion_time_basis', '''click''', '23514'),
    ('conversion_hold', '''-1 hour''', '23514'),
    ('conversion_window_days', '91', '23514'),
    ('conversion_window_days', '0', '23514'),
    ('config', '''[]''', '23514'),
    ('config', 'jsonb_build_object(''x'', repeat(''y'', 20000))', '23514'),
    ('time_zone', '''Mars/Olympus''', 'PT400'),
    ('time_zone', '''''', 'PT400')
) as example (setting, value, code);

select lives_ok(
    format('update app.sites set %I = %s where name = ''acme''', setting, value), format('%s takes %s', setting, value)
)
from (
    values
    ('time_zone', '''Asia/Kathmandu'''),
    ('time_zone', '''UTC'''),
    ('currency', '''EUR'''),
    ('undo_window', '''0'''),
    ('conversion_hold', '''0'''),
    ('auto_approve_hours', '168'),
    ('conversion_name', '''Satış, "mühürlü"'''),
    ('domain', '''xn--ilingir-r4a.example''')
) as example (setting, value);

select matches(public_key, '^[0-9a-f]{32}$', 'a new site has a key') from app.sites where name = 'acme';
select is(
    (select count(distinct public_key) from app.sites), 2::bigint, 'each site its own'
);

-- the currency is fixed after the first sale, not before
select tap.lead('visit', 'click');
select lives_ok($$update app.sites set currency = 'USD' where name = 'acme'$$, 'a lead does not fix the currency');
update app.sites set currency = 'TRY' where name = 'acme';
select is(currency, 'TRY', 'an unsold card follows its site') from app.calls;
select tap.become('editor');
select is((api.seal(tap.card('visit'), 100, 'TRY', 1)).status, 'confirmed', 'a sale');
select tap.become_nobody();
select throws_ok(
    $$update app.sites set currency = 'EUR' where name = 'acme'$$, 'PT409', 'currency_fixed', 'a sale fixes the currency'
);
select lives_ok($$update app.sites set currency = 'TRY' where name = 'acme'$$, 'the same currency is no change');
select lives_ok($$update app.sites set currency = 'EUR' where name = 'neighbour'$$, 'the neighbour''s is the neighbour''s');

update app.sites set updated_at = now() - interval '1 day' where name = 'acme';
select is(updated_at, now(), 'updated_at is the trigger''s') from app.sites where name = 'acme';

select throws_like(
    $$delete from app.sites where name = 'acme'$$, '%violates %foreign key%', 'a site with cards can not be deleted'
);

select * from finish();
rollback;
