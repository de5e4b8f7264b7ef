-- Sites: made, changed, archived and restored by those who may, each setting looked at first.
begin;
select no_plan();
select tap.make_everyone();

create function tap.change(changes jsonb, version integer default null) returns text language plpgsql as $$
declare
    v_site app.site_settings;
begin
    perform set_config('response.status', '', true);
    v_site := api.update_site(tap.site('acme'), coalesce(change.version, (select sites.version from app.sites where id = tap.site('acme'))), changes);
    return concat_ws(' ', coalesce(v_site.conflict, 'ok'), nullif(current_setting('response.status'), ''));
exception when others then
    if sqlstate not like 'PT%' then
        raise;
    end if;
    return sqlstate || ' ' || sqlerrm;
end;
$$;

-- Who may
select is(tap.outcome(name, format('select api.update_site(%L, 1, ''{}'')', tap.site('acme'))), want, name || ' updates')
from (
    values ('anon', '42501'), ('stranger', 'PT404'), ('removed', 'PT404'), ('neighbour', 'PT404'), ('viewer', 'PT403'), ('editor', 'PT403'),
    ('owner', '1'), ('admin', '1')
) as who (name, want);
select is(tap.outcome(name, format('select api.archive_site(%L)', tap.site('acme'))), want, name || ' archives')
from (
    values ('anon', '42501'), ('stranger', 'PT404'), ('removed', 'PT404'), ('neighbour', 'PT404'), ('viewer', 'PT403'), ('editor', 'PT403')
) as who (name, want);
select is(tap.outcome(name, format('update app.sites set name = ''x'' where id = %L', tap.site('acme'))), '42501', name || ': not by SQL')
from unnest(array['anon', 'viewer', 'editor', 'owner', 'admin']) as name;
select is(tap.outcome(name, 'select api.create_site(''x'', ''x.example'')'), want, name || ' creates')
from (values ('anon', '42501'), ('stranger', 'PT403'), ('owner', 'PT403')) as who (name, want);

-- Made
select tap.become('admin');
select results_eq(
    $$select name, domain, currency, country, version, conflict from api.create_site('  New shop ', 'shop.example')$$,
    $$values ('New shop', 'shop.example', 'TRY', 'TR', 1, null)$$, 'made with the defaults'
);
select results_eq(
    $$
    select currency, time_zone, allowed_origins, undo_window, monthly_event_quota, config
    from api.create_site('Kent', 'kent.example', '{
        "currency": "GBP", "country": "GB", "time_zone": "Europe/London", "allowed_origins": ["pay.example"],
        "undo_window": "00:05:00", "monthly_event_quota": 1000, "config": {"chips": [{"label": "Key", "amount": 80, "note": "Front door"}]}
    }')
    $$,
    $$values ('GBP', 'Europe/London', array['pay.example'], interval '5 minutes', 1000::bigint,
        '{"chips": [{"label": "Key", "amount": 80, "note": "Front door"}]}'::jsonb)$$, 'or as it was said'
);
select is(role, 'owner', 'its maker owns it') from api.sites() where name = 'Kent';
select throws_ok($$select api.create_site('x', 'https://x.example')$$, 'PT400', 'invalid_setting', 'a host, not a URL');
select throws_ok($$select api.create_site(null, 'x.example')$$, 'PT400', 'invalid_setting', 'with a name');
select throws_matching($$select api.create_site('x', null)$$, 'invalid_setting', 'and a domain');
select results_eq(
    $$select month = date_trunc('month', now() at time zone 'Europe/Istanbul')::date, events, quota, share, state, projected, counted_at
    from api.site_usage((select id from api.sites() where name = 'New shop'))$$,
    $$values (true, 0::bigint, null::bigint, null::numeric, 'ok', 0::bigint, null::timestamptz)$$, 'nothing is used of a new site'
);
select throws_ok($$select api.create_site('x', 'x.example', '[]')$$, 'PT400', 'invalid_settings', 'settings are an object');
select is_empty($$select from app.sites where name in ('x', 'new')$$, 'nothing of it stays');
select tap.become_nobody();
select is(array_agg(action || ' ' || object_type order by seq), array['insert site', 'update site', 'insert site_member'], 'and is in the audit log')
from app.audit_log where site_id = tap.site('Kent');
update ops.settings set who_creates_sites = 'anyone';
select is(tap.outcome('stranger', 'select api.create_site(''mine'', ''mine.example'')'), '1', 'where the installation lets everybody');
select is(tap.outcome('stranger', 'select api.create_site(''mine'', ''mine.example'', ''{"monthly_event_quota": 5}'')'), 'PT403', 'but no quota of their own');
insert into app.sites (name, domain) select 'many ' || n, 'many.example' from generate_series(1, 49) as n;
insert into app.site_members select id, tap.person('stranger'), 'owner' from app.sites where domain = 'many.example';
select is(tap.outcome('stranger', 'select api.create_site(''mine'', ''mine.example'')'), 'PT409', 'not without end');

-- Changed
select tap.become('owner');
select is(tap.change('{"name": "acme"}'), 'ok', 'the same is fine too');
select is(tap.change(changes), want, changes::text)
from (
    values
    ('{"assumed_cpc": 12.5, "default_lead_value": 100}'::jsonb, 'ok'),
    ('{"default_lead_value": null}', 'ok'),
    ('{"assumed_cpc": null}', 'PT400 invalid_setting'),
    ('{"auto_approve": true, "auto_approve_hours": 48, "auto_approve_value": 10.50}', 'ok'),
    ('{"auto_approve_hours": 0}', 'PT400 invalid_setting'),
    ('{"auto_approve_hours": 169}', 'PT400 invalid_setting'),
    ('{"auto_approve_value": 0}', 'PT400 invalid_setting'),
    ('{"assumed_cpc": 1.234}', 'PT400 invalid_setting'),
    ('{"assumed_cpc": 1e9999}', 'PT400 invalid_setting'),
    ('{"assumed_cpc": -1}', 'PT400 invalid_setting'),
    ('{"assumed_cpc": "1"}', 'PT400 invalid_setting'),
    ('{"time_zone": "Europe/Berlin"}', 'ok'),
    ('{"time_zone": "Europe/Nowhere"}', 'PT400 invalid_time_zone'),
    ('{"time_zone": "localtime"}', 'PT400 invalid_time_zone'),
    ('{"time_zone": "Factory"}', 'PT400 invalid_time_zone'),
    ('{"currency": "EUR"}', 'ok'),
    ('{"currency": "ABC"}', 'PT400 invalid_setting'),
    ('{"currency": "try"}', 'PT400 invalid_setting'),
    ('{"country": "DE"}', 'ok'),
    ('{"country": "Germany"}', 'PT400 invalid_setting'),
    ('{"allowed_origins": ["a.example", "b.a.example", "localhost"]}', 'ok'),
    ('{"allowed_origins": ["com"]}', 'PT400 invalid_setting'),
    ('{"allowed_origins": ["https://a.example"]}', 'PT400 invalid_setting'),
    ('{"allowed_origins": ["A.example"]}', 'PT400 invalid_setting'),
    ('{"allowed_origins": ["a..example"]}', 'PT400 invalid_setting'),
    ('{"allowed_origins": [null]}', 'PT400 invalid_setting'),
    ('{"allowed_origins": "a.example"}', 'PT400 invalid_setting'),
    ((select jsonb_build_object('allowed_origins', jsonb_agg(n || '.example')) from generate_series(1, 51) as n), 'PT400 invalid_setting'),
    ('{"consent_mode": "required"}', 'ok'),
    ('{"consent_mode": "perhaps"}', 'PT400 invalid_setting'),
    ('{"events_per_minute": 6000}', 'ok'),
    ('{"events_per_minute": 6001}', 'PT403 admin_required'),
    ('{"events_per_minute": 59}', 'PT400 invalid_setting'),
    ('{"events_per_minute": 600.5}', 'PT400 invalid_setting'),
    ('{"monthly_event_quota": null}', 'PT403 admin_required'),
    ('{"undo_window": "00:30:00"}', 'ok'),
    ('{"undo_window": "25:00:00"}', 'PT400 invalid_setting'),
    ('{"undo_window": "-00:01:00"}', 'PT400 invalid_setting'),
    ('{"undo_window": "1 month"}', 'PT400 invalid_setting'),
    ('{"conversion_hold": "720:00", "adjustment_hold": "24:00:00", "conversion_window_days": 90}', 'ok'),
    ('{"conversion_hold": "720:01"}', 'PT400 invalid_setting'),
    ('{"conversion_window_days": 91}', 'PT400 invalid_setting'),
    ('{"retention_months": 6}', 'PT400 invalid_setting'),
    ('{"retention_months": 7}', 'ok'),
    ('{"retention_months": null}', 'ok'),
    ('{"conversion_name": "Sealed", "conversion_time_basis": "seal"}', 'ok'),
    ('{"conversion_name": "=1+1"}', 'PT400 invalid_setting'),
    ('{"conversion_name": ""}', 'PT400 invalid_setting'),
    ('{"config": {"chips": [], "colour": "red"}}', 'ok'),
    ('{"config": []}', 'PT400 invalid_setting'),
    ('{"config": {"chips": {}}}', 'PT400 invalid_setting'),
    ('{"config": {"chips": ["Key"]}}', 'PT400 invalid_setting'),
    ('{"config": {"chips": [{"label": ""}]}}', 'PT400 invalid_setting'),
    ('{"config": {"chips": [{"label": "x", "amount": "80"}]}}', 'PT400 invalid_setting'),
    ('{"config": {"chips": [{"label": "x", "amount": null}]}}', 'PT400 invalid_setting'),
    ('{"config": {"chips": [{"label": "x", "colour": "red"}]}}', 'PT400 invalid_setting'),
    ((select jsonb_build_object('config', jsonb_build_object('x', repeat('x', 16384)))), 'PT400 invalid_setting'),
    ('{"name": " "}', 'PT400 invalid_setting'),
    ('{"name": "a\nb"}', 'PT400 invalid_setting'),
    ('{"domain": "new.example"}', 'ok'),
    ('{"public_key": "x"}', 'PT400 unknown_setting'),
    ('{"deleted_at": null}', 'PT400 unknown_setting'),
    ('{"version": 7}', 'PT400 unknown_setting'),
    ('[]', 'PT400 invalid_settings'),
    ('null', 'PT400 invalid_settings'),
    (null, 'PT400 invalid_settings')
) as it (changes, want);
select is(tap.change('{"name": "late"}', 1), 'stale_version 409', 'a stale version is refused');
select is(tap.change('{"name": "acme", "assumed_cpc": 3}'), 'ok', 'and the current one taken');
select results_eq(
    $$select name, currency, time_zone, allowed_origins, undo_window, conversion_hold, auto_approve_value, assumed_cpc from api.site_settings(tap.site('acme'))$$,
    $$values ('acme', 'EUR', 'Europe/Berlin', array['a.example', 'b.a.example', 'localhost'], interval '30 minutes', interval '30 days', 10.5, 3.0)$$,
    'it stands as it was said'
);
select tap.become_nobody();
select results_eq(
    $$select actor, action, before, after from app.audit_log where object_type = 'site' and site_id = tap.site('acme') order by seq desc limit 1$$,
    format($$values (%L, 'update', '{"assumed_cpc": 12.50}'::jsonb, '{"assumed_cpc": 3.00}'::jsonb)$$, 'user:' || tap.person('owner')),
    'who changed what, from and to'
);
select is_empty(
    $$select from app.audit_log where object_type = 'site' and after ? 'config'$$, 'the frontend''s own is not copied'
);
select isnt_empty(
    $$select from app.audit_log where object_type = 'site' and after = '{"config_changed": true}'$$, 'that it changed is said'
);
select tap.become('admin');
select is(tap.change('{"monthly_event_quota": 5000, "events_per_minute": 100000}'), 'ok', 'an admin sets what costs');
select tap.become('owner');
select is(tap.change('{"events_per_minute": 90000}'), 'ok', 'less than an admin gave is the owner''s');
select is(tap.change('{"events_per_minute": 6000, "name": "acme"}'), 'ok', 'and back');
select tap.become_nobody();

-- The zone, which was changed above: after a site's first month once in seven days.
select tap.become('owner');
select is(tap.change('{"time_zone": "Asia/Tokyo"}'), 'ok', 'a new site''s zone is put right at once');
select tap.become_nobody();
update app.sites set created_at = now() - interval '31 days' where id = tap.site('acme');
select tap.become('owner');
select is(tap.change('{"time_zone": "Europe/Berlin"}'), 'PT409 zone_changed_lately', 'no other zone in the same week');
select is(tap.change('{"time_zone": "Asia/Tokyo", "name": "acme"}'), 'ok', 'the same one is no change');
select tap.become('admin');
select is(tap.change('{"time_zone": "Asia/Kathmandu"}'), 'ok', 'an admin may');
select tap.become_nobody();
create temporary table written as select seq, at from app.audit_log where site_id = tap.site('acme');
alter table app.audit_log disable trigger audit_log_10_append_only;
update app.audit_log set at = at - interval '8 days' where site_id = tap.site('acme');
select tap.become('owner');
select is(tap.change('{"time_zone": "Europe/Berlin"}'), 'ok', 'a week later');
select is(tap.change('{"time_zone": "Asia/Tokyo"}'), 'PT409 zone_changed_lately', 'once');
select tap.become_nobody();
update app.audit_log set at = written.at from written where audit_log.site_id = tap.site('acme') and audit_log.seq = written.seq;
alter table app.audit_log enable trigger audit_log_10_append_only;

-- The currency is fixed by the first sale.
update app.sites set conversion_hold = '0', undo_window = '0', consent_mode = 'none', domain = 'acme.example' where id = tap.site('acme');
select tap.lead('sold', 'g1');
select tap.become('owner');
select is(tap.judge('seal', tap.card('sold'), currency => 'EUR'), 'confirmed', 'a sale');
select is(tap.change('{"currency": "USD"}'), 'PT409 currency_fixed', 'no other currency after it');
select is(tap.change('{"currency": "EUR"}'), 'ok', 'the same is no change');

-- Archived
select tap.become_nobody();
select tap.lead('held', 'g2');
select tap.become('owner');
select is(tap.judge('seal', tap.card('held'), currency => 'EUR'), 'confirmed', 'another sale, held');
select tap.become_nobody();
update app.conversions set state = 'offered', offered_at = now() where subject_id = tap.session('sold');
create temporary table credential as select access.create_feed_credential(tap.site('acme'), 'acme-feed') as secret;
create function tap.feed_status() returns text language plpgsql as $$
declare
    v_lines integer;
begin
    perform tap.headers(jsonb_build_object('authorization', 'Basic ' || encode(convert_to('acme-feed:' || (select secret from credential), 'UTF8'), 'base64')));
    v_lines := cardinality(regexp_split_to_array(api."conversions.csv"(), '\n'));
    return current_setting('response.status') || ' ' || v_lines;
end;
$$;
select is(tap.feed_status(), '200 4', 'the feed shows the sale');
select tap.headers();

select tap.become('owner');
select isnt(archived_at, null, 'archived') from api.archive_site(tap.site('acme'));
select throws_ok(format('select api.%s', call), 'PT404', message, 'archived: ' || call)
from (
    select *
    from (
        values
        ('recent_intents(%L)', 'site_not_found'), ('site_settings(%L)', 'site_not_found'), ('update_site(%L, 1, ''{}'')', 'site_not_found'),
        ('archive_site(%L)', 'site_not_found'), ('bulk_action(%L, ''junk'', ''[]'')', 'site_not_found'), ('deleted_calls(%L)', 'site_not_found')
    ) as site_call (pattern, message)
    cross join lateral format(pattern, tap.site('acme')) as call
    union all
    select *
    from (
        values ('junk(%L, 1)', 'call_not_found'), ('delete_call(%L, 1)', 'call_not_found'), ('undelete_call(%L, 1)', 'call_not_found')
    ) as card_call (pattern, message)
    cross join lateral format(pattern, tap.card('sold')) as call
) as it (pattern, message, call);
select results_eq($$select name, domain from api.archived_sites()$$, $$values ('acme', 'acme.example')$$, 'its owner finds it');
select is(tap.outcome(name, 'select from api.archived_sites()'), '0', name || ' finds none')
from unnest(array['editor', 'viewer', 'neighbour', 'stranger']) as name;
select is(tap.outcome('admin', 'select from api.archived_sites()'), '1', 'an admin does');
select is(tap.send('sold', tap.event('phone_call', label => 'tel:0532')) ->> 'http', '404', 'it takes nothing in');
select is(ops.offer_conversions(), 0::bigint, 'and offers nothing');
select is(tap.feed_status(), '401 2', 'nor serves what was offered');
select tap.headers();
select is(tap.outcome(name, format('select api.restore_site(%L)', tap.site('acme'))), want, name || ' restores')
from (
    values ('anon', '42501'), ('stranger', 'PT404'), ('editor', 'PT404'), ('viewer', 'PT404'), ('neighbour', 'PT404'), ('owner', '1')
) as who (name, want);
select tap.become('owner');
select throws_ok(format('select api.restore_site(%L)', tap.site('acme')), 'PT409', 'not_archived', 'once');
select is(name, 'acme', 'back in the list') from api.sites();
select is_empty('select from api.archived_sites()', 'and out of the other');
select tap.become_nobody();
select is(ops.offer_conversions(), 1::bigint, 'what was held is offered');
select is(tap.feed_status(), '200 5', 'what was offered is served');
select is(
    (select array_agg(action order by seq) from app.audit_log where site_id = tap.site('acme') and action in ('archive', 'restore')),
    array['archive', 'restore'], 'both are in the audit log'
);
select is(ops.verify_audit(tap.site('acme')), null, 'the chain holds');

select * from finish();
rollback;
