-- From a sealed card to a row of conversions.csv
begin;
select no_plan();
select tap.make_everyone();
update app.sites set conversion_hold = '0', undo_window = '0', adjustment_hold = '0';
create temporary table secret as
select name, access.create_feed_credential(id, name || '-feed') as value from app.sites;

create function tap.basic(text) returns void language sql as $$
    select set_config('request.headers', jsonb_build_object(
        'authorization', 'Basic ' || translate(encode(convert_to($1, 'UTF8'), 'base64'), E'\n', '')
    )::text, true);
$$;
-- The rows a platform would fetch, without the two lines above them.
create function tap.feed(site text default 'acme', name text default 'conversions.csv') returns setof text language plpgsql as $$
declare
    v_text text;
begin
    perform tap.become_nobody();
    perform tap.basic((select secret.name || '-feed:' || secret.value from secret where secret.name = feed.site));
    perform tap.become_role('anon');
    execute format('select api.%I()', feed.name) into v_text;
    perform tap.become_nobody();
    perform tap.headers();
    return query select line from regexp_split_to_table(rtrim(v_text, chr(10)), chr(10)) with ordinality as part (line, n) where n > 2;
end;
$$;
create function tap.sell(session text, amount numeric default 100) returns text language plpgsql as $$
declare
    v_status text;
begin
    perform tap.become('editor');
    v_status := tap.judge('seal', tap.card(session), amount => sell.amount);
    perform tap.become_nobody();
    return v_status;
end;
$$;
create function tap.as_editor(action text, session text, amount numeric default 100) returns text language plpgsql as $$
declare
    v_status text;
begin
    perform tap.become('editor');
    v_status := tap.judge(as_editor.action, tap.card(session), amount => as_editor.amount);
    perform tap.become_nobody();
    return v_status;
end;
$$;
create function tap.state(session text) returns text language sql as $$
    select string_agg(concat_ws(' ', kind, round, revision, state, reason, amount), '; ' order by round, revision)
    from app.conversions where subject_id = tap.session(session);
$$;

-- an empty feed
select tap.basic((select 'acme-feed:' || value from secret where name = 'acme'));
select is(
    api."conversions.csv"()::text,
    E'Parameters:TimeZone=+0000\nGoogle Click ID,GBRAID,WBRAID,Conversion Name,Conversion Time,Conversion Value,Conversion Currency,'
    || E'Order ID,Email,Phone Number,Ad User Data,Ad Personalization\n',
    'an empty feed has its two lines'
);
select is(
    api."adjustments.csv"()::text,
    E'Parameters:TimeZone=+0000\nOrder ID,Conversion Name,Adjustment Time,Adjustment Type,Adjusted Value,Adjusted Value Currency\n',
    'so has an empty adjustments feed'
);
select is(current_setting('response.status'), '200', 'and answers 200');

-- a sale
select tap.lead('sale', 'Cj0K-sale_1', '2 minutes');
select is_empty($$select tap.feed()$$, 'a lead is no sale');
select is(tap.sell('sale', 1250.5), 'confirmed', 'sealed');
select is(tap.state('sale'), 'conversion 1 0 held 1250.50', 'held');
select is_empty($$select tap.feed()$$, 'what is held is not in the feed');
select is(ops.offer_conversions(), 1::bigint, 'the job offers it');
select results_eq(
    $$select tap.feed()$$,
    $$
    select format('Cj0K-sale_1,,,Sealed Lead,%s,1250.50,TRY,%s,,,,',
        to_char(calls.tapped_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS'), conversions.order_id)
    from app.calls join app.conversions on call_id = calls.id where calls.session_id = tap.session('sale')
    $$,
    'the row: click id, name, the time of the tap in UTC, value, currency, order id'
);
select matches(order_id, '^om-[0-9a-f]{32}$', 'an order id without personal data') from app.conversions;
select is(ops.offer_conversions(), 0::bigint, 'offered once');
select is((select count(*) from tap.feed()), 1::bigint, 'and served at every pull');
select is_empty($$select tap.feed('neighbour')$$, 'the neighbour''s credentials show the neighbour''s');
select results_eq(
    $$select oci_status, oci_held_until from app.calls where session_id = tap.session('sale')$$,
    $$values ('offered', null::timestamptz)$$, 'the card says so'
);

-- credentials
select tap.become_role('anon');
select tap.basic(credentials), is(api."conversions.csv"()::text, E'Wrong user name or password.\n', 'refused: ' || why),
    is(current_setting('response.status'), '401', '401: ' || why)
from (
    values
    ('acme-feed:wrong', 'a wrong password'), ('nobody:' || repeat('0', 32), 'an unknown name'), ('acme-feed', 'no password'),
    ('', 'nothing'), (':', 'a colon'), ('acme-feed:', 'an empty password')
) as try (credentials, why);
select set_config('request.headers', jsonb_build_object('authorization', header)::text, true) is not null,
    is(api."conversions.csv"()::text, E'Wrong user name or password.\n', 'refused: ' || coalesce(header, 'no header'))
from unnest(array[null, '', 'Basic', 'Basic ', 'Basic !!!', 'Basic /////w==', 'Basic A', 'Bearer x']) as header;
select matches(current_setting('response.headers'), 'WWW-Authenticate', 'a refusal says how to log in');
select tap.become_nobody();
select is((select count(*) from tap.feed()), 1::bigint, 'credentials that stand');
update access.feed_credentials set revoked_at = now();
select is_empty($$select tap.feed()$$, 'revoked credentials show nothing');
update access.feed_credentials set revoked_at = null;
update app.sites set deleted_at = now();
select is_empty($$select tap.feed()$$, 'nor do those of an archived site');
update app.sites set deleted_at = null;

-- identifiers: exactly one
select tap.lead(kind, null, query => query), is(tap.sell(kind), 'confirmed', 'sold: ' || kind)
from (
    values ('gbraid', 'gbraid=GB-1&wbraid=WB-1'), ('wbraid', 'wbraid=WB-2'), ('all', 'gclid=GC-3&gbraid=GB-3&wbraid=WB-3'),
        ('msclkid', 'msclkid=MS-1'), ('none', 'utm_medium=cpc'), ('percent', 'gclid=a%252Fb'), ('long', 'gclid=' || repeat('x', 400)),
        ('blank', 'gclid=%20GC-4%20')
) as visit (kind, query);
select ops.offer_conversions();
create temporary table line as select * from tap.feed() as text;
select is((select count(*) from line where text like want), 1::bigint, 'a row like ' || want)
from unnest(array[',GB-1,,%', ',,WB-2,%', 'GC-3,,,%', 'GC-4,,,%']) as want;
select is(
    (select array_agg(distinct (substring(text from '^[^,]*') <> '')::integer + (split_part(text, ',', 2) <> '')::integer + (split_part(text, ',', 3) <> '')::integer) from line),
    '{1}', 'exactly one identifier in each row'
);
select is(tap.state(session), 'conversion 1 0 suppressed ' || reason || ' 100.00', session || ' says why not')
from (values ('msclkid', 'other_platform'), ('none', 'no_click_id'), ('percent', 'invalid_click_id'), ('long', 'invalid_click_id')) as it (session, reason);
select is(oci_status || ' ' || oci_reason, 'suppressed no_click_id', 'and so does the card') from app.calls where session_id = tap.session('none');

-- escaping
update app.sites set conversion_name = 'Satış, "mühürlü"' where name = 'acme';
select tap.lead('quoted', 'GC-quoted'), is(tap.sell('quoted'), 'confirmed', 'sold');
select ops.offer_conversions();
select is((select count(*) from tap.feed() as text where text like 'GC-quoted,,,"Satış, ""mühürlü""",%'), 1::bigint, 'comma and quotes are quoted');
update app.sites set conversion_name = 'Sealed Lead' where name = 'acme';

-- windows
select tap.lead('old ' || age, 'GC-old-' || age) from (values (84), (86), (91)) as click (age);
update app.calls set clicked_at = now() - substring(click_id from '[0-9]+$')::integer * interval '1 day' where click_id like 'GC-old-%';
select tap.sell('old ' || age) from (values (84), (86), (91)) as click (age);
select is(tap.state('old 84'), 'conversion 1 0 held 100.00', 'a click 84 days old');
select is(tap.state('old 86'), 'conversion 1 0 suppressed click_too_old 100.00', 'a click 86 days old');
select is(tap.state('old 91'), 'conversion 1 0 suppressed click_too_old 100.00', 'a click 91 days old');
select ops.offer_conversions();
update app.conversions set clicked_at = now() - interval '86 days' where subject_id = tap.session('old 84');
select is_empty($$select * from tap.feed() as text where text like 'GC-old%'$$, 'a click that grew too old in the feed leaves it');

-- hold: greatest(click + hold, sealed + undo window)
update app.sites set conversion_hold = '6 hours', undo_window = '10 minutes' where name = 'acme';
select tap.lead('fresh', 'GC-fresh', '1 minute'), is(tap.sell('fresh'), 'confirmed', 'sold');
select is(held_until, clicked_at + interval '6 hours', 'a fresh click waits six hours') from app.conversions where subject_id = tap.session('fresh');
select is(oci_held_until, clicked_at + interval '6 hours', 'the card says until when') from app.calls where session_id = tap.session('fresh');
select is(ops.offer_conversions(), 0::bigint, 'and is not offered before');
select tap.lead('stale', 'GC-stale', '7 hours'), is(tap.sell('stale'), 'confirmed', 'sold');
select is(held_until, now() + interval '10 minutes', 'an old click waits for the undo window') from app.conversions where subject_id = tap.session('stale');
select is(tap.as_editor('undo', 'stale'), 'intent', 'which is used');
select is(tap.state('stale'), 'conversion 1 0 suppressed cancelled 100.00', 'nothing goes out');
select is(tap.sell('stale', 120), 'confirmed', 'sealed again');
select is(tap.state('stale'), 'conversion 1 0 held 120.00', 'before it was told: the same order');
update app.sites set conversion_hold = '0', undo_window = '0' where name = 'acme';
update app.conversions set held_until = now() where subject_id in (tap.session('fresh'), tap.session('stale'));
select is(ops.offer_conversions(), 2::bigint, 'after the hold both go out');

-- time of the export: never before the click, never in the future, two of one click never in one second
select tap.lead('seal time', 'GC-time', '3 hours');
update app.sites set conversion_time_basis = 'seal' where name = 'acme';
select is(tap.sell('seal time'), 'confirmed', 'sold');
select is(occurred_at, date_trunc('second', now()), 'by the time of sealing') from app.conversions where subject_id = tap.session('seal time');
update app.sites set conversion_time_basis = 'lead' where name = 'acme';
select tap.lead('twin 1', 'GC-twin', '5 minutes'), tap.lead('twin 2', 'GC-twin', '5 minutes'), tap.lead('twin 3', 'GC-twin', '5 minutes');
select is(tap.sell('twin ' || n), 'confirmed', 'sold') from generate_series(1, 3) as n;
select results_eq(
    $$select occurred_at - min(occurred_at) over () from app.conversions where click_id = 'GC-twin' order by occurred_at$$,
    $$values (interval '0'), ('1 second'), ('2 seconds')$$, 'three sales of one click in one second become three seconds'
);
select is_empty(
    $$select * from app.conversions where occurred_at < clicked_at or occurred_at > now() + interval '3 seconds' or occurred_at <> date_trunc('second', occurred_at)$$,
    'whole seconds, after the click, not in the future'
);

-- one conversion per session: a second card restates
select tap.lead('double', 'GC-double', '10 minutes'), is(tap.sell('double', 100), 'confirmed', 'the first card');
select tap.lead('double', 'GC-double', '2 minutes'), is(tap.sell('double', 50), 'confirmed', 'the second card');
select is(tap.state('double'), 'conversion 1 0 held 150.00', 'not yet told: said anew with the sum');
select ops.offer_conversions();
select tap.lead('double', 'GC-double', '1 minute'), is(tap.sell('double', 7), 'confirmed', 'a third card, after it was offered');
select is(tap.state('double'), 'conversion 1 0 offered 150.00; restatement 1 1 held 157.00', 'a restatement to the sum');
select is((select count(*) from tap.feed() as text where text like 'GC-double,%,150.00,%'), 1::bigint, 'the conversion stays as it was told');
select ops.offer_conversions();
select is((select count(*) from tap.feed('acme', 'adjustments.csv') as text where text like 'om-%,Sealed Lead,%,RESTATE,157.00,TRY'), 1::bigint, 'the adjustment is in its own feed');
select is(tap.as_editor('amend', 'double', 8), 'confirmed', 'amended');
select is(tap.as_editor('amend', 'double', 9), 'confirmed', 'and again at once');
select is(
    tap.state('double'),
    'conversion 1 0 offered 150.00; restatement 1 1 offered 157.00; restatement 1 2 suppressed superseded 158.00; restatement 1 3 held 159.00',
    'what nobody has seen is superseded'
);
select is(
    (select count(distinct occurred_at) from app.conversions where subject_id = tap.session('double') and kind = 'restatement' and state <> 'suppressed'),
    2::bigint, 'two restatements never share a second'
);
select is(tap.as_editor('amend', 'double', 7), 'confirmed', 'back to what was told');
select matches(tap.state('double'), '1 3 suppressed superseded 159\.00$', 'nothing is left to tell');

-- cancelled before it was offered; after; sealed again
select tap.lead('fell', 'GC-fell', '10 minutes'), is(tap.sell('fell'), 'confirmed', 'sold');
select is(tap.as_editor('cancel', 'fell'), 'cancelled', 'cancelled before it was offered');
select is(tap.state('fell'), 'conversion 1 0 suppressed cancelled 100.00', 'suppressed');
select is(tap.as_editor('restore', 'fell'), 'intent', 'restored'), is(tap.sell('fell', 80), 'confirmed', 'sealed again');
select is(tap.state('fell'), 'conversion 1 0 held 80.00', 'the first order is still free');
select ops.offer_conversions();
select is(tap.as_editor('cancel', 'fell'), 'cancelled', 'cancelled after it was offered');
select is(tap.state('fell'), 'conversion 1 0 offered 80.00; retraction 1 1 held 0.00', 'retracted');
select is_empty($$select * from tap.feed() as text where text like 'GC-fell,%'$$, 'a sale taken back is not told again');
select is(tap.as_editor('undo', 'fell'), 'confirmed', 'the cancel is undone');
select is((select count(*) from tap.feed() as text where text like 'GC-fell,%'), 1::bigint, 'and the sale is back');
select matches(tap.state('fell'), '^conversion 1 0 offered 80\.00; retraction 1 1 suppressed superseded 0\.00$', 'the retraction never goes out');
select is(tap.as_editor('cancel', 'fell'), 'cancelled', 'cancelled once more');
select ops.offer_conversions();
-- it is a second later than the one that was superseded: not told before that second has come
select is_empty($$select * from tap.feed('acme', 'adjustments.csv') as text where text like 'om-%,RETRACT,,'$$, 'no time in the future is told');
update app.conversions set occurred_at = now() where subject_id = tap.session('fell') and kind = 'retraction' and state = 'offered';
select is((select count(*) from tap.feed('acme', 'adjustments.csv') as text where text like 'om-%,RETRACT,,'), 1::bigint, 'a retraction without value');
select is(tap.as_editor('restore', 'fell'), 'intent', 'restored'), is(tap.sell('fell', 90), 'confirmed', 'sealed after the retraction');
select matches(tap.state('fell'), 'conversion 2 0 held 90\.00$', 'a new round');
select is(count(distinct order_id), 2::bigint, 'with a new order id') from app.conversions where subject_id = tap.session('fell') and kind = 'conversion';
select results_eq(
    $$
    select later.occurred_at > first.occurred_at from app.conversions as first join app.conversions as later using (site_id, subject_id)
    where subject_id = tap.session('fell') and first.round = 1 and first.revision = 0 and later.round = 2 and later.revision = 0
    $$,
    'values (true)', 'and a later time'
);
select ops.offer_conversions();
select is((select count(*) from tap.feed() as text where text like 'GC-fell,%,90.00,%'), 1::bigint, 'which is in the feed');

-- also where the conversion's name has changed, so that the platform would not take the two for one
select tap.lead('renamed', 'GC-renamed', '10 minutes'), is(tap.sell('renamed'), 'confirmed', 'sold');
select ops.offer_conversions();
select is(tap.as_editor('cancel', 'renamed'), 'cancelled', 'cancelled');
select ops.offer_conversions();
update app.sites set conversion_name = 'Sale' where name = 'acme';
select is(tap.as_editor('restore', 'renamed'), 'intent', 'restored'), is(tap.sell('renamed'), 'confirmed', 'sealed again');
update app.sites set conversion_name = 'Sealed Lead' where name = 'acme';
select is(max(occurred_at) - min(occurred_at), interval '1 second', 'the second round is later')
from app.conversions where subject_id = tap.session('renamed') and kind = 'conversion';

-- an amount of nothing
select tap.lead('free', 'GC-free'), is(tap.sell('free', 0), 'confirmed', 'sealed with 0');
select is(tap.state('free'), 'conversion 1 0 suppressed no_amount 0.00', 'a sale of nothing is not exported');
select is(tap.as_editor('amend', 'free', 5), 'confirmed', 'amended'), is(tap.state('free'), 'conversion 1 0 held 5.00', 'with an amount it is');
select ops.offer_conversions();
select is(tap.as_editor('amend', 'free', 0), 'confirmed', 'amended to 0'), is(tap.state('free'), 'conversion 1 0 offered 5.00; retraction 1 1 held 0.00', 'offered, then 0: taken back');

-- wbraid can not be adjusted
select is(tap.as_editor('amend', 'wbraid', 500), 'confirmed', 'amended');
select is(
    tap.state('wbraid'), 'conversion 1 0 offered 100.00; restatement 1 1 suppressed wbraid_not_adjustable 500.00', 'a wbraid can not be restated'
);

-- adjustments: 24 hours to 54 days
update app.sites set adjustment_hold = '24 hours' where name = 'acme';
select tap.lead('adjust', 'GC-adjust', '2 hours'), is(tap.sell('adjust'), 'confirmed', 'sold');
select ops.offer_conversions();
select is(tap.as_editor('amend', 'adjust', 200), 'confirmed', 'amended');
select is(held_until, (select occurred_at + interval '24 hours' from app.conversions where subject_id = tap.session('adjust') and revision = 0), 'a correction waits for 24 hours')
from app.conversions where subject_id = tap.session('adjust') and revision = 1;
select is_empty($$select * from app.conversions where subject_id = tap.session('adjust') and revision = 1 and state <> 'held'$$, 'and is held');
update app.conversions set held_until = now() where subject_id = tap.session('adjust') and revision = 1;
select ops.offer_conversions();
select is((select count(*) from tap.feed('acme', 'adjustments.csv') as text where text like '%,RESTATE,200.00,TRY'), 1::bigint, 'then it is in the feed');
update app.conversions set clicked_at = clicked_at - interval '55 days', occurred_at = occurred_at - interval '55 days'
where subject_id = tap.session('adjust') and revision = 0;
select is_empty($$select * from tap.feed('acme', 'adjustments.csv') as text where text like '%,RESTATE,200.00,TRY'$$, 'a conversion 55 days old is not corrected any more');

-- consent
update app.sites set consent_mode = 'required' where name = 'acme';
select tap.send(session, jsonb_build_array(tap.event('page_view', '2 minutes'), tap.event('phone_call', label => 'tel:112')),
    url => 'https://acme.example/?gclid=GC-' || session, more => jsonb_build_object('c', consent::jsonb)) is not null
from (values ('yes', '{"a":1,"m":1}'), ('no', '{"a":1,"m":0}'), ('unsaid', '{"a":1}')) as visit (session, consent);
select is(tap.sell(session), 'confirmed', 'sold: ' || session) from (values ('yes'), ('no'), ('unsaid')) as visit (session);
select is(tap.state(session), want, session) from (
    values ('yes', 'conversion 1 0 held 100.00'), ('no', 'conversion 1 0 suppressed no_marketing_consent 100.00'),
        ('unsaid', 'conversion 1 0 suppressed no_marketing_consent 100.00')
) as visit (session, want);
select ops.offer_conversions();
select is((select count(*) from tap.feed() as text where text like 'GC-yes,%,Granted,Granted'), 1::bigint, 'a yes is told');
select is(tap.send('yes', tap.event('page_view'), more => '{"c":{"a":1,"m":0}}') ->> 'status', 'stored', 'a later no');
select is(tap.state('yes'), 'conversion 1 0 suppressed no_marketing_consent 100.00', 'stops the export at once');
select is_empty($$select * from tap.feed() as text where text like 'GC-yes,%'$$, 'and leaves the feed');
select isnt(marketing_withdrawn_at, null, 'with its time') from app.sessions where id = tap.session('yes');
select is(tap.send('no', tap.event('phone_call'), more => '{"c":{"a":1,"m":1}}') ->> 'status', 'stored', 'a later yes, with another tap');
select is(tap.sell('no'), 'confirmed', 'sold');
update app.sites set consent_mode = 'none' where name = 'acme';

-- approved by a job
select tap.lead('auto', 'GC-auto');
update app.calls set status = 'confirmed', judged_action = 'auto_approve', score_breakdown = score_breakdown || '{"qualified_by": "auto"}'
where session_id = tap.session('auto');
select is(tap.state('auto'), 'conversion 1 0 suppressed no_amount 0.00', 'approved without amount: not exported');
update app.sites set auto_approve_value = 40 where name = 'acme';
select tap.lead('auto 2', 'GC-auto-2');
update app.calls set status = 'confirmed', judged_action = 'auto_approve', score_breakdown = score_breakdown || '{"qualified_by": "auto"}'
where session_id = tap.session('auto 2');
select is(tap.state('auto 2'), 'conversion 1 0 held 40.00', 'with the site''s value: exported');

-- nobody writes where it stands
select is(tap.outcome('owner', 'update app.calls set oci_status = ''accepted'''), '42501', 'oci_status is the trigger''s');
-- GET changes nothing
set transaction read only;
select cmp_ok((select count(*) from tap.feed()), '>', 5::bigint, 'the feed is served in a read-only transaction');

select * from finish();
rollback;
