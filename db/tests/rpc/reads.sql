-- sites, recent_intents, session_timeline, health
begin;
select no_plan();
select tap.make_everyone();

-- sites
create temporary table want_sites (name text, sites text);
insert into want_sites values
('viewer', 'acme viewer'), ('editor', 'acme editor'), ('owner', 'acme owner'), ('neighbour', 'neighbour owner'),
('admin', 'acme admin, neighbour admin'), ('stranger', null), ('removed', null);
grant select on want_sites to authenticated;
create function tap.sites_seen(name text) returns text language plpgsql as $$
declare
    v_sites text;
begin
    perform tap.become(name);
    select string_agg(sites.name || ' ' || sites.role, ', ' order by sites.name) into v_sites from api.sites() as sites;
    perform tap.become_nobody();
    return v_sites;
end;
$$;
select is(tap.sites_seen(name), sites, name || ' sees ' || coalesce(sites, 'no site')) from want_sites;
update app.sites set deleted_at = now() where name = 'neighbour';
select is(tap.sites_seen('neighbour'), null, 'an archived site is not there');
select is(tap.sites_seen('admin'), 'acme admin', 'for an admin neither');
update app.sites set deleted_at = null where name = 'neighbour';

-- recent_intents: paging without gap and repeat
select tap.lead('visit ' || n, 'click-' || n, n * interval '1 minute') from generate_series(1, 25) as n;
-- some arrived in the same microsecond, as in one transaction they all did
update app.calls set received_at = now() - (n / 3) * interval '1 microsecond' from generate_series(1, 25) as n
where session_id = tap.session('visit ' || n);
create function tap.pages(size integer, status text default null) returns table (page integer, id uuid) language plpgsql as $$
declare
    v_cursor text;
    v_page integer := 0;
    v_rows integer;
begin
    loop
        v_page := v_page + 1;
        return query select v_page, card.id from api.recent_intents(tap.site('acme'), status, page_size => size, cursor => v_cursor) as card;
        get diagnostics v_rows = row_count;
        exit when v_rows = 0 or v_page > 100;
        select (array_agg(card.cursor))[v_rows] into v_cursor from api.recent_intents(tap.site('acme'), status, page_size => size, cursor => v_cursor) as card;
    end loop;
end;
$$;
select tap.become('viewer');
select is((select count(*) from tap.pages(size)), 25::bigint, format('pages of %s: no gap', size)) from unnest(array[1, 4, 5, 24, 25, 26, 200]) as size;
select is((select count(distinct id) from tap.pages(size)), 25::bigint, format('pages of %s: no repeat', size)) from unnest(array[1, 4, 5, 24, 25, 26, 200]) as size;
select results_eq(
    'select id from tap.pages(4)', format('select id from app.calls where site_id = %L order by received_at desc, id desc', tap.site('acme')),
    'newest first'
);
select is((select count(*) from api.recent_intents(tap.site('acme'))), 25::bigint, 'fifty a page where nothing is said');

-- a new lead does not shift the next page
select tap.become_nobody();
create function tap.next_id(after text) returns uuid language sql as $$
    select id from api.recent_intents(tap.site('acme'), page_size => 1, cursor => after);
$$;
create temporary table place (cursor text, next_id uuid);
grant select, insert, update on place to authenticated;
select tap.become('viewer');
insert into place select cursor, null from api.recent_intents(tap.site('acme'), page_size => 10) offset 9;
update place set next_id = tap.next_id(cursor);
select tap.lead('just now', 'click', '1 second') is not null;
select is(tap.next_id(cursor), next_id, 'a new lead does not shift the next page') from place;
select is((select id from api.recent_intents(tap.site('acme'), page_size => 200) as card where card.id = tap.card('just now')), tap.card('just now'), 'and is on the first');

-- status
select tap.become('editor');
select is(tap.judge('junk', tap.card('visit 1')), 'junk', 'one junk');
select is(tap.judge('seal', tap.card('visit 2')), 'confirmed', 'one sealed');
select is((select count(*) from api.recent_intents(tap.site('acme'), status, page_size => 200)), want, coalesce(status, 'any status'))
from (values ('junk', 1::bigint), ('confirmed', 1), ('cancelled', 0), ('intent', 24), (null, 26)) as filter (status, want);
select is((select count(distinct id) from tap.pages(7, 'intent')), 24::bigint, 'pages of one status');
select throws_ok(
    format('select api.recent_intents(tap.site(''acme''), %L, page_size => %L, cursor => %L)', status, size, cursor), 'PT400', message, message || ': ' || concat_ws(' ', status, size, cursor)
)
from (
    values
    ('open', 10, null, 'invalid_status'), ('', 10, null, 'invalid_status'), ('intent'' or true', 10, null, 'invalid_status'),
    (null, 0, null, 'invalid_page_size'), (null, 201, null, 'invalid_page_size'), (null, null, null, 'invalid_page_size'),
    (null, 10, '', 'invalid_cursor'), (null, 10, 'x', 'invalid_cursor'), (null, 10, '1.2', 'invalid_cursor'),
    (null, 10, '99999999999999999999.' || gen_random_uuid(), 'invalid_cursor'),
    (null, 10, '-1.' || gen_random_uuid(), 'invalid_cursor'),
    (null, 10, '1.' || gen_random_uuid() || E'\n', 'invalid_cursor')
) as try (status, size, cursor, message);
select lives_ok($$select api.recent_intents(tap.site('acme'), page_size => 10, cursor => '99999999999999999.' || gen_random_uuid())$$, 'a cursor past every time');
select tap.become_nobody();
update app.calls set deleted_at = now() where id = tap.card('visit 3');
select tap.become('viewer');
select is((select count(*) from api.recent_intents(tap.site('acme'), page_size => 200)), 25::bigint, 'a deleted card is not listed');

-- session_timeline
select tap.become_nobody();
select tap.send('long', jsonb_build_array(
    tap.event('phone_call', '1 minute', 'tel:112'), tap.event('page_view', '3 minutes'), tap.event('scroll', '2 minutes', value => 90),
    tap.event('heartbeat', '90 seconds')
)) is not null;
select tap.become('viewer');
select results_eq(
    $$select action from api.session_timeline(tap.site('acme'), tap.session('long'))$$,
    $$values ('page_view'), ('scroll'), ('heartbeat'), ('phone_call')$$, 'a session''s events in order'
);
select results_eq(
    $$select first.action, next.action
    from api.session_timeline(tap.site('acme'), tap.session('long'), 2) as first
    left join lateral api.session_timeline(tap.site('acme'), tap.session('long'), 1, first.cursor) as next on true$$,
    $$values ('page_view', 'scroll'), ('scroll', 'heartbeat')$$, 'page by page'
);
select is_empty(
    $$select from api.session_timeline(tap.site('acme'), tap.session('long')) as last
    cross join api.session_timeline(tap.site('acme'), tap.session('long'), 200, last.cursor)
    where last.action = 'phone_call'$$, 'to its end'
);
select throws_ok(
    format('select api.session_timeline(tap.site(''acme''), tap.session(''long''), %L, %L)', size, cursor), 'PT400', message,
    format('%s %s', size, cursor)
) from (
    values (0, null, 'invalid_page_size'), (201, null, 'invalid_page_size'), (null, null, 'invalid_page_size'),
    (9, 'x', 'invalid_cursor'), (9, '', 'invalid_cursor'), (9, '-1', 'invalid_cursor'), (9, '1', 'invalid_cursor'),
    (9, '99999999999999999999', 'invalid_cursor')
) as try (size, cursor, message);
select throws_ok(
    format('select api.activity(tap.site(''acme''), 9, %L)', cursor), 'PT400', 'invalid_cursor', format('activity: %s', cursor)
) from unnest(array['', 'x', '1.5', '-1', '99999999999999999999']) as cursor;
select throws_ok(
    $$select api.session_timeline(tap.site('acme'), gen_random_uuid())$$, 'PT404', 'session_not_found', 'a session that does not exist'
);
select tap.become_nobody();
select tap.lead('next door', 'click', site => 'neighbour') is not null;
select tap.become('viewer');
select throws_ok(
    $$select api.session_timeline(tap.site('acme'), tap.session('next door'))$$, 'PT404', 'session_not_found', 'a session of another site is not there'
);

select tap.become('admin');
select throws_ok(
    $$select api.session_timeline(tap.site('acme'), tap.session('next door'))$$, 'PT404', 'session_not_found', 'nor for who may see both sites'
);
select is((select count(*) from api.session_timeline(tap.site('neighbour'), tap.session('next door'))), 2::bigint, 'who finds it at its own');

-- the neighbour, by every reading function: the same answer as for a site that does not exist
select tap.become(name), throws_ok(statement, 'PT404', 'site_not_found', format('%s: %s', name, statement))
from unnest(array['neighbour', 'stranger', 'removed']) as name
cross join (values (tap.site('acme')), (gen_random_uuid()), (null)) as it (site)
cross join lateral unnest(array[
    format('select api.recent_intents(%L)', site),
    format('select api.session_timeline(%L, tap.session(''long''))', site),
    format('select api.dashboard_stats(%L, now() - interval ''1 day'', now())', site)
]) as statement;
select tap.become_nobody();
select is(tap.outcome('anon', 'select ' || call), '42501', 'anon: ' || call) from unnest(array[
    'api.recent_intents(gen_random_uuid())', 'api.session_timeline(gen_random_uuid(), gen_random_uuid())',
    'api.dashboard_stats(gen_random_uuid(), now(), now())', 'api.sites()'
]) as call;

-- readers never write: all of them are stable, so that GET works
select is_empty(
    $$
    select proname from pg_proc where pronamespace = 'api'::regnamespace and provolatile = 'v'
        and proname not in (
            'call_event', 'create_api_key', 'key_login', 'promote_call_secret', 'revoke_api_key', 'rotate_call_secret',
            'sync', 'login', 'logout', 'refresh_token', 'seal', 'amend', 'junk', 'restore', 'cancel', 'undo',
            'bulk_action', 'delete_call', 'undelete_call', 'create_call',
            'create_site', 'update_site', 'archive_site', 'restore_site',
            'auto_approve_stale_intents', 'erase_person', 'export_person',
            'accept_invite', 'close_support_access', 'open_support_access', 'change_password', 'invite_member', 'remove_member', 'request_password_reset',
            'reset_password', 'revoke_invitation', 'revoke_login', 'set_member_role', 'sign_in',
            'transfer_ownership', 'update_profile'
        )
    $$,
    'what reads is stable'
);

-- health
select is((api.health()).status, 'stale', 'no row yet: stale');
select is(current_setting('response.status'), '500', 'is 500');
select ops.write_health();
select set_config('response.status', '', true) is not null;
select isnt((api.health()).status, 'stale', 'a fresh row');
update ops.health set status = 'ok', checked_at = now() - interval '2 minutes';
select set_config('response.status', '', true) is not null;
select is((api.health()).status, 'ok', 'two minutes old is fine');
select is(current_setting('response.status'), '', 'and 200');
update ops.health set checked_at = now() - interval '4 minutes';
select is((api.health()).status, 'stale', 'four minutes old: the jobs stand still');
update ops.health set status = 'failing', checked_at = now();
select is((api.health()).status, 'failing', 'a failing check');
select is(current_setting('response.status'), '500', 'is 500');
create function tap.checks_for(name text, claims text default '') returns jsonb language plpgsql as $$
declare
    v_checks jsonb;
begin
    if tap.person(name) is null then
        perform tap.become_role(name, claims);
    else
        perform tap.become(name);
    end if;
    select health.checks into v_checks from api.health() as health;
    perform tap.become_nobody();
    return v_checks;
end;
$$;
select is(tap.checks_for(name), null, name || ' sees no details') from unnest(array['anon', 'viewer', 'owner', 'service_role']) as name;
select isnt(tap.checks_for('admin'), null, 'an admin does');
select isnt(tap.checks_for('monitor', '{"role": "monitor", "iss": "opsmantik", "sub": "probe"}'), null, 'so does monitor');
select is(
    (select array_agg(key order by key) from jsonb_object_keys(tap.checks_for('admin')) as key),
    array['bad_rows', 'database', 'ingest', 'issuer', 'jobs', 'mail', 'partitions', 'quotas', 'rollups'], 'nine checks'
);

-- mail that nobody sends
create function tap.mail_check() returns text language sql as $$ select status from ops.checks() where name = 'mail' $$;
select is(tap.mail_check(), 'ok', 'no mail waits');
insert into ops.mail_outbox (kind, recipient, expires_at, created_at) values
('invitation', 'new@people.example', now() + interval '1 day', now() - interval '14 minutes'),
('password_reset', null, now() + interval '1 hour', now() - interval '30 minutes'),
('password_reset', 'over@people.example', now() - interval '1 minute', now() - interval '61 minutes');
select is(tap.mail_check(), 'ok', 'one of a few minutes, one to nobody and one that is over are no alarm');
update ops.mail_outbox set created_at = now() - interval '16 minutes' where kind = 'invitation';
select is(tap.mail_check(), 'warning', 'a mail that has waited for a quarter of an hour is');
update ops.mail_outbox set sent_at = now();
select is(tap.mail_check(), 'ok', 'until it is sent');

select * from finish();
rollback;
