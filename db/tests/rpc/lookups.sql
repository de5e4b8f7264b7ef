-- One card, one visit, one visitor; people and their doings; the inbox's and the ad platform's numbers; installation
begin;
select no_plan();
select tap.make_everyone();
update app.sites set assumed_cpc = 12.50, conversion_hold = '0', undo_window = '0' where name = 'acme';

-- two visits of one visitor, another's, a bot's
select tap.send('first', jsonb_build_array(tap.event('page_view', '3 hours'), tap.event('phone_call', '2 hours 59 minutes', 'tel:0532 111 22 33')),
    url => 'https://acme.example/?gclid=click-1', more => '{"f": "ayse", "v": "1.1.0"}');
select tap.send('second', jsonb_build_array(tap.event('page_view', '2 hours')), url => 'https://www.acme.example/b', more => '{"f": "ayse", "v": "1.2.0"}');
select tap.send('other', jsonb_build_array(tap.event('page_view', '1 hour'), tap.event('whatsapp', '59 minutes', 'https://wa.me/905321112233')),
    more => '{"f": "veli", "v": "1.2.0"}');
select tap.lead('next door', 'click', site => 'neighbour', age => '1 hour');
update app.sessions set visitor_id = 'ayse' where id = tap.session('next door') and created_month >= '2000-01-01';
update app.sessions set created_at = created_at - interval '3 hours', created_month = (date_trunc('month', (created_at - interval '3 hours') at time zone 'UTC'))::date
where id = tap.session('first') and created_month >= '2000-01-01';

select tap.become('viewer');

-- visits
select is((select array_agg(id) from api.visitor_sessions(tap.site('acme'), 'ayse')), array[tap.session('second'), tap.session('first')], 'a visitor''s visits at this site, newest first');
select is(
    (select array_agg(id) from api.visitor_sessions(tap.site('acme'), 'ayse', 1, (select cursor from api.visitor_sessions(tap.site('acme'), 'ayse', 1)))),
    array[tap.session('first')], 'page by page'
);
select is((select (intents, sealed, sale_amount) from api.visitor_sessions(tap.site('acme'), 'ayse') where id = tap.session('first')), (1::bigint, 0::bigint, 0::numeric), 'with their cards');
select is_empty($$select * from api.visitor_sessions(tap.site('acme'), 'nobody')$$, 'who never came');
select is_empty($$select * from api.visitor_sessions(tap.site('acme'), null)$$, 'no visitor');
select is(
    (select (visitor_id, session_events, session_page_views, session_seconds, gclid, page_host) from api.session_details(tap.site('acme'), tap.session('first'))),
    ('ayse'::text, 2, 1, 60, 'click-1'::text, 'acme.example'::text), 'one visit'
);
select throws_ok(
    format('select api.%s(tap.site(''acme''), %L)', name, session), 'PT404', 'session_not_found', name
) from unnest(array['session_details', 'session_timeline']) as name, unnest(array[gen_random_uuid(), tap.session('next door'), null]) as session;
select tap.become_nobody();
update app.sessions set is_bot = true where id = tap.session('second') and created_month >= '2000-01-01';
select tap.become('viewer');
select is((select array_agg(id) from api.visitor_sessions(tap.site('acme'), 'ayse')), array[tap.session('first')], 'bots count nowhere');
select tap.become_nobody();
update app.sessions set is_bot = false where id = tap.session('second') and created_month >= '2000-01-01';

-- an old visit is found in its month
insert into app.sessions (site_id, id, created_month, created_at, first_event_at, last_event_at, visitor_id)
select tap.site('acme'), tap.session('old'), (date_trunc('month', at at time zone 'UTC'))::date, at, at, at, 'ayse'
from (values (now() - interval '200 days')) as it (at);
select tap.become('viewer');
select is((select id from api.session_details(tap.site('acme'), tap.session('old'))), tap.session('old'), 'a visit of last year');
select is((select count(*) from api.session_timeline(tap.site('acme'), tap.session('old'))), 0::bigint, 'its timeline');
select is((select count(*) from api.visitor_sessions(tap.site('acme'), 'ayse')), 2::bigint, 'is not among the last 190 days');

-- one card
select tap.become('editor');
select is(tap.judge('seal', tap.card('first'), amount => 1500.50), 'confirmed', 'sealed');
select is(tap.judge('amend', tap.card('first'), amount => 1600), 'confirmed', 'amended');
select is(tap.judge('junk', tap.card('other'), note => 'wrong number'), 'junk', 'junk');
select tap.become('viewer');
select is((select (card).id from api.intent_details(tap.card('first'))), tap.card('first'), 'one card');
select is((select (card).session_seconds from api.intent_details(tap.card('first'))), 60, 'with its visit');
select results_eq(
    $$select said ->> 'action', said ->> 'actor_name' from api.intent_details(tap.card('first')), jsonb_array_elements(history) as said$$,
    $$values ('seal', 'editor'), ('amend', 'editor')$$, 'what was done to it, by whom'
);
select is((select jsonb_array_length(conversions) from api.intent_details(tap.card('first'))), 1, 'what was told');
select is((select conversions -> 0 ->> 'amount' from api.intent_details(tap.card('first'))), '1600.00', 'how much');
select is((select (visitor_visits, visitor_cards) from api.intent_details(tap.card('first'))), (2::bigint, 1::bigint), 'how often this visitor came');
select tap.become_nobody();
insert into app.calls (site_id, intent_action, intent_stamp, tapped_at, last_tap_at, last_action, currency, visitor_id, status)
select tap.site('acme'), 'phone', days::text, at, at, 'phone', 'TRY', 'ayse', 'junk'
from unnest(array[189, 191]) as days cross join lateral (values (now() - days * interval '1 day')) as it (at);
select tap.become('viewer');
select is((select visitor_cards from api.intent_details(tap.card('first'))), 2::bigint, 'in the last 190 days');
select tap.become_nobody();
delete from app.calls where intent_stamp in ('189', '191');
select tap.become('viewer');
select throws_ok(format('select api.intent_details(%L)', id), 'PT404', 'call_not_found', 'no such card')
from unnest(array[gen_random_uuid(), tap.card('next door', 'neighbour'), null]) as id;

-- people
select results_eq(
    $$select name, email, role, is_you from api.members(tap.site('acme'))$$,
    $$values ('owner', 'owner@people.example', 'owner', false), ('editor', 'editor@people.example', 'editor', false), ('viewer', 'viewer@people.example', 'viewer', true)$$,
    'members, owners first'
);

-- activity
select is(
    (select array_agg(action || ' ' || actor_name order by seq desc) from api.activity(tap.site('acme'), 3)),
    array['junk editor', 'amend editor', 'seal editor'], 'who did what, newest first'
);
select is((select (before ->> 'sale_amount', after ->> 'sale_amount') from api.activity(tap.site('acme'), 2) where action = 'amend'), ('1500.50'::text, '1600.00'::text), 'before and after');
select is_empty($$select from api.activity(tap.site('acme'), 200) where before::text || after::text like '%wrong number%'$$, 'no note in it');
select is((select object_name from api.activity(tap.site('acme'), 200) where object_type = 'site_member' and action = 'delete'), 'removed', 'who left');
select is((select actor_id from api.activity(tap.site('acme'), 200) where seq = 1), null, 'nobody''s doing');
select is(
    (select array_agg(seq) from api.activity(tap.site('acme'), 200)),
    (select array_agg(seq order by page, seq desc) from (
        select 1 as page, seq from api.activity(tap.site('acme'), 3)
        union all
        select 2, seq from api.activity(tap.site('acme'), 200, (select min(cursor::bigint)::text from api.activity(tap.site('acme'), 3)))
    ) as both_pages), 'page by page'
);

-- the inbox's numbers
select tap.become_nobody();
select tap.lead('open', 'click-3', '200 days');
update app.calls set tapped_at = now() - interval '200 days' where id = tap.card('open');
select tap.lead('auto', 'click-4', '5 hours');
update app.calls set score_breakdown = score_breakdown || '{"qualified_by": "auto"}', status = 'confirmed', judged_action = 'auto_approve' where id = tap.card('auto');
create function tap.queue(ads_only boolean default true, since timestamptz default now() - interval '1 day') returns text language sql as $$
    select concat_ws(' ', pending, intents, sealed, auto_approved, junk, cancelled, budget_saved, oci_held + oci_offered, oci_suppressed)
    from api.queue_stats(tap.site('acme'), queue.since, now(), queue.ads_only);
$$;
select tap.become('viewer');
select is(tap.queue(), '1 2 2 1 0 0 0.00 1 1', 'pending of whatever age; the rest of the range; ads only');
select is(tap.queue(false), '1 3 2 1 1 0 12.50 1 1', 'and all');
select is((select oldest_pending_at from api.queue_stats(tap.site('acme'), now() - interval '1 hour', now())), now() - interval '200 days', 'since when the oldest waits');
select is(tap.queue(false, now() - interval '1 second'), '1 0 0 0 0 0 0.00 0 0', 'an empty range');
select tap.become('editor');
select throws_ok(format('select api.%s(tap.site(''acme''), %L, %L)', name, since, until), 'PT400', 'invalid_range', format('%s: %s %s', name, since, until))
from unnest(array['queue_stats', 'oci_status', 'export_intents']) as name
cross join (
    values (null, now()), (now(), null), (now(), now()), (now(), now() - interval '1 day'), (now() - interval '187 days', now()), ('-infinity', now())
) as it (since, until);

-- the ad platform
select results_eq(
    $$
    select day, sealed, eligible, held + offered, suppressed, cancelled, sealed_amount, reasons
    from api.oci_status(tap.site('acme'), (date_trunc('day', now() at time zone 'Europe/Istanbul') - interval '1 day') at time zone 'Europe/Istanbul', now() + interval '1 second')
    $$,
    $$
    values ((now() at time zone 'Europe/Istanbul')::date - 1, 0::bigint, 0::bigint, 0::bigint, 0::bigint, 0::bigint, 0::numeric, '{}'::jsonb),
        ((now() at time zone 'Europe/Istanbul')::date, 2, 1, 1, 1, 0, 1600.00, '{"no_amount": 1}')
    $$, 'per day of sealing: what can be told, what not and why'
);
select tap.become('editor');
select is(tap.judge('cancel', tap.card('first')), 'cancelled', 'fell through');
select tap.become('viewer');
select is(
    (select (sealed, eligible, cancelled, suppressed, sealed_amount, reasons) from api.oci_status(tap.site('acme'), now() - interval '1 minute', now() + interval '1 second')),
    (1::bigint, 0::bigint, 1::bigint, 2::bigint, 0::numeric, '{"no_amount": 1, "cancelled": 1}'::jsonb), 'a cancelled sale'
);
select tap.become_nobody();
update app.sites set time_zone = 'Asia/Beirut' where name = 'acme';
select tap.become('viewer');
select is(
    (select array_agg(day order by day) from api.oci_status(tap.site('acme'), '2027-03-25 15:00Z', '2027-03-27 22:00Z')),
    array['2027-03-25', '2027-03-26', '2027-03-27']::date[], 'up to a day that begins without a midnight'
);
select tap.become_nobody();
update app.sites set time_zone = 'Europe/Istanbul' where name = 'acme';
select tap.become('viewer');

-- is my tag alive?
select is((select status from api.site_install_status(tap.site('acme'))), 'RECEIVING', 'hits of today');
select ok(exists (select from api.site_install_status(tap.site('acme')), jsonb_array_elements(hosts) as host where host ->> 'host' = 'www.acme.example' and (host ->> 'is_allowed')::boolean), 'hosts of the pages');
select is(
    (select array_agg(script ->> 'version' order by script ->> 'version') from api.site_install_status(tap.site('acme')), jsonb_array_elements(script_versions) as script),
    array['1.1.0', '1.2.0', 'test'], 'versions of the script'
);
select is((select (refused, kept_aside) from api.site_install_status(tap.site('acme'))), ('[]'::jsonb, '[]'::jsonb), 'nothing refused');
select tap.become_nobody();
select ops.count_refusal(tap.site('neighbour'), 'origin_not_allowed') is null, ops.keep_bad_row(tap.site('neighbour'), 'not_json', null, 'secret payload');
update app.sessions set last_event_at = now() - interval '2 days', first_event_at = now() - interval '2 days'
where id = tap.session('next door') and created_month >= '2000-01-01';
select tap.become('neighbour');
select is(
    (select (status, refused -> 0 ->> 'reason', (refused -> 0 ->> 'count')::int, kept_aside -> 0 ->> 'reason') from api.site_install_status(tap.site('neighbour'))),
    ('REFUSED'::text, 'origin_not_allowed'::text, 1, 'not_json'::text), 'refused, and why'
);
select doesnt_match((select status::text from api.site_install_status(tap.site('neighbour')) as status), 'secret', 'not what was sent');
select is_empty($$select * from access.site_refusals(tap.site('acme'))$$, 'not of a site that one does not see');
select tap.become('viewer');
select is_empty($$select * from access.site_refusals(tap.site('neighbour'))$$, 'nor the other way');
select tap.become_nobody();
select tap.make_site('fresh');
select tap.make_member('viewer', 'viewer', 'fresh');
select tap.become('viewer');
select is((select status from api.site_install_status(tap.site('fresh'))), 'NEVER', 'a fresh site');

-- all sites
select throws_ok('select api.admin_sites_list()', 'PT403', 'admin_required', 'a viewer');
select tap.become('stranger');
select throws_ok('select api.admin_sites_list()', 'PT403', 'admin_required', 'a stranger');
select tap.become_nobody();
update app.sites set deleted_at = now() where name = 'fresh';
insert into app.sessions (site_id, id, created_month, created_at, first_event_at, last_event_at, is_bot)
select tap.site('neighbour'), gen_random_uuid(), (date_trunc('month', now() at time zone 'UTC'))::date, now(), now(), now(), true
from generate_series(1, 6);
select is((select status from api.site_install_status(tap.site('neighbour'))), 'REFUSED', 'machines are no traffic') from tap.become('neighbour');
select tap.become('admin');
select results_eq(
    $$select name, status, members, owners, archived_at is not null from api.admin_sites_list()$$,
    $$
    values ('acme', 'RECEIVING', 3::bigint, array['owner@people.example'], false), ('fresh', 'NO_TRAFFIC', 1, '{}', true),
        ('neighbour', 'NO_TRAFFIC', 1, array['neighbour@people.example'], false)
    $$, 'an admin sees all, archived ones too'
);

-- a lead by hand
select tap.become_nobody();
create temporary table made (name text, id uuid);
grant select, insert on made to authenticated;
select tap.become('editor');
insert into made select 'plain', id from api.create_call(tap.site('acme'), '0532 765 43 21', note => 'walked in', keyword => ' çilingir ', idempotency_key => 'abcdefgh-1');
select is(
    (select (caller_phone, intent_action, source, status, version, note, keyword, currency, session_id, is_ads)
    from api.recent_intents(tap.site('acme'), search => '532 765 43 21')),
    ('+905327654321'::text, 'call'::text, 'manual'::text, 'intent'::text, 1, 'walked in'::text, 'çilingir'::text, 'TRY'::text, null::uuid, false), 'a card like any other'
);
insert into made select 'again', id from api.create_call(tap.site('acme'), '0532 765 43 21', idempotency_key => 'abcdefgh-1');
select is((select count(distinct id) from made), 1::bigint, 'sent twice: one card');
insert into made select 'third', id from api.create_call(tap.site('acme'), '0532 765 43 21', idempotency_key => 'abcdefgh-2');
insert into made select 'fourth', id from api.create_call(tap.site('acme'), '0532 765 43 21');
select is((select count(distinct id) from made), 3::bigint, 'another key, or none: another card');
select is((select (action, actor_name, after ->> 'source') from api.activity(tap.site('acme'), 200) where object_id = (select id from made where name = 'plain')),
    ('create'::text, 'editor'::text, 'manual'::text), 'in the audit log');
select is(tap.judge('seal', (select id from made where name = 'plain')), 'confirmed', 'it can be sealed');
select throws_ok(format('select api.create_call(tap.site(''acme''), %s)', arguments), 'PT400', message, arguments)
from (
    values
    ('action => ''fax''', 'invalid_action'), ('action => null', 'invalid_action'), ('caller_phone => ''12''', 'invalid_phone'),
    ('caller_phone => ''call me''', 'invalid_phone'), ('tapped_at => now() + interval ''1 hour''', 'invalid_time'),
    ('tapped_at => now() - interval ''187 days''', 'invalid_time'), ('tapped_at => null', 'invalid_time'), ('tapped_at => ''-infinity''', 'invalid_time'),
    (format('keyword => %L', repeat('x', 257)), 'invalid_text'), (format('note => %L', repeat('x', 2001)), 'invalid_note'),
    ('idempotency_key => ''short''', 'invalid_idempotency')
) as try (arguments, message);
select tap.become('viewer');
select throws_ok('select api.create_call(tap.site(''acme''))', 'PT403', 'editor_required', 'a viewer');
select tap.become('neighbour');
select throws_ok('select api.create_call(tap.site(''acme''))', 'PT404', 'site_not_found', 'a neighbour');
select tap.become_nobody();

-- the contract
select is((select version from api.contract_version()), '1.0', 'its version');
select is(tap.outcome('anon', 'select * from api.contract_version()'), '1', 'open to everybody');

-- exports are for editors
select tap.become('viewer');
select throws_ok('select api.export_intents(tap.site(''acme''), now() - interval ''1 day'', now())', 'PT403', 'editor_required', 'a viewer exports nothing');
select tap.become('editor');
select throws_ok('select api.export_intents(tap.site(''acme''), now() - interval ''1 day'', now(), separator => ''|'')', 'PT400', 'invalid_separator', 'separator');
select throws_ok('select api.export_intents(tap.site(''acme''), now() - interval ''1 day'', now(), status => ''open'')', 'PT400', 'invalid_status', 'status');
select is(app.sheet_cell(cell, ';'), want, format('cell %L', cell))
from (
    values
    ('=1+1', '''=1+1'), ('+905321112233', '''+905321112233'), ('-1', '''-1'), ('@x', '''@x'), ('  =1', '''  =1'), (E'\t=1', E'"''\t''=1"'), (E'\rx', E'"''\rx"'),
    ('＝1', '''＝1'), ('=a;b', '"''=a;b"'), ('a;b', '"a;b"'), ('a,b', 'a,b'), ('say "x"', '"say ""x"""'), (E'a\nb', E'"a\nb"'), ('1600,00', '1600,00'),
    ('Şişli', 'Şişli'), (null, ''), ('', ''),
    ('a,=1', 'a,''=1'), ('a, @x', 'a, ''@x'), ('a;=1', '"a;''=1"'), ('a,"=1', '"a,""''=1"'), (E'a\n+1', E'"a\n''+1"'), ('a=1', 'a=1'), ('0532-111', '0532-111')
) as try (cell, want);
select is(app.sheet_cell('a,b', ','), '"a,b"', 'another separator');
select tap.become_nobody();
create function tap.plan_of_cells() returns text language plpgsql as $$
declare
    v_line text;
    v_plan text := '';
begin
    for v_line in explain (verbose) select app.sheet_cell(calls.note, ';') from app.calls loop
        v_plan := v_plan || v_line;
    end loop;
    return v_plan;
end;
$$;
select doesnt_match(tap.plan_of_cells(), 'sheet_cell', 'a cell costs no call of a function of ours: a download has a million');

select * from finish();
rollback;
