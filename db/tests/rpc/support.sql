-- support access: an admin works on a site of others only while it is open, for a reason, and its owners see it
begin;
select no_plan();
select tap.make_everyone();
select tap.lead('visit', 'click');
select tap.make_person('boss', 'admin');
create function tap.ask_support(hours integer default 1, reason text default ' Ticket 4711: export looks empty ', site text default 'acme') returns text
language sql as $$
    select tap.knock('boss', format('api.open_support_access(%L, %L, %L)', tap.site(site), reason, hours))
$$;

-- without it
select is(tap.knock('boss', call), 'support_access_required', 'without: ' || call)
from unnest(array[
    format('api.recent_intents(%L)', tap.site('acme')), format('api.members(%L)', tap.site('acme')),
    format('api.dashboard_stats(%L, now() - interval ''1 day'', now())', tap.site('acme')),
    format('api.export_person(%L, visitor_id => ''x'')', tap.site('acme')),
    format('api.update_site(%L, 1, ''{"name": "mine"}'')', tap.site('acme')),
    format('api.invite_member(%L, ''boss@people.example'', ''owner'')', tap.site('acme')),
    format('api.create_call(%L)', tap.site('acme')), format('api.activity(%L)', tap.site('acme')),
    format('api.support_accesses(%L)', tap.site('acme')), format('api.archive_site(%L)', tap.site('acme')),
    format('api.recent_intents(%L)', gen_random_uuid())
]) as call;
select is(tap.knock('boss', format('api.seal(%L, 1, ''TRY'', 1)', tap.card('visit'))), 'call_not_found', 'nor is a card there');
select is(tap.outcome('boss', 'select from app.' || name), '0', 'nor one row of ' || name)
from unnest(array['sites', 'site_members', 'sessions', 'events', 'calls', 'conversions', 'audit_log', 'support_accesses']) as name;
select is(tap.knock('boss', 'api.admin_sites_list()'), 'done', 'what is counted over all sites is for admins as before');

-- opened by admins only, for a reason, and not for long
select is(
    tap.knock(name, format('api.open_support_access(%L, ''a long enough reason'')', tap.site('acme'))), 'admin_required', name || ' opens none'
)
from unnest(array['owner', 'editor', 'viewer', 'neighbour', 'stranger']) as name;
select is(tap.ask_support(hours), 'invalid_hours', format('%s hours', hours)) from unnest(array[0, -1, 9, null]) as hours;
select is(tap.ask_support(1, reason), 'reason_required', 'a reason: ' || coalesce(left(reason, 20), 'null'))
from unnest(array['', '         x         ', null, repeat('x', 501), E'two\nlines of text', 'mail of jane@people.example', U&'hidden \202E text here']) as reason;
select is(
    tap.knock('boss', format('api.open_support_access(%L, ''a long enough reason'')', gen_random_uuid())), 'site_not_found', 'a site that is not there'
);

-- with it
select is(tap.ask_support(), 'done', 'opened');
select is(tap.knock('boss', format('api.recent_intents(%L)', tap.site('acme'))), 'done', 'with it the inbox is there');
select is(tap.knock('boss', format('api.recent_intents(%L)', tap.site('neighbour'))), 'support_access_required', 'and no other site''s');
select is(tap.knock('boss', format('api.junk(%L, 1)', tap.card('visit'))), 'done', 'a write');
select results_eq(
    $$select actor, action, object_type, reason from app.audit_log where site_id = tap.site('acme') order by seq desc limit 2$$,
    format(
        $$values (%1$L, 'junk', 'call', 'Ticket 4711: export looks empty'), (%1$L, 'open', 'support_access', 'Ticket 4711: export looks empty')$$,
        'user:' || tap.person('boss')
    ), 'is in the audit log with the reason, and so is the opening'
);
select is(ops.verify_audit(tap.site('acme')), null, 'the chain holds');
select tap.become('owner');
select results_eq(
    $$select admin_name, reason, is_open, expires_at - opened_at from api.support_accesses(tap.site('acme')) where admin_name = 'boss'$$,
    $$values ('boss', 'Ticket 4711: export looks empty', true, interval '1 hour')$$, 'the owner sees who, why and how long'
);
select results_eq(
    $$select actor_name, reason from api.activity(tap.site('acme'), 1)$$, $$values ('boss', 'Ticket 4711: export looks empty')$$,
    'and what was done'
);
select tap.become_nobody();
select is(tap.knock(name, format('api.support_accesses(%L)', tap.site('acme'))), want, name || ' asks for the list')
from (values ('viewer', 'owner_required'), ('editor', 'owner_required'), ('neighbour', 'site_not_found'), ('stranger', 'site_not_found')) as who (name, want);
select is(tap.knock('owner', format('api.restore(%L, 2)', tap.card('visit'))), 'done', 'the owner''s own acts');
select is(reason, null, 'need no reason') from app.audit_log where site_id = tap.site('acme') order by seq desc limit 1;

-- the reason is part of the chain
alter table app.audit_log disable trigger audit_log_10_append_only;
update app.audit_log set reason = 'nothing special' where reason is not null;
select isnt(ops.verify_audit(tap.site('acme')), null, 'a changed reason shows');
alter table app.audit_log enable trigger audit_log_10_append_only;

-- nothing of it lasts longer
select is(tap.knock('boss', call), 'outlives_support_access', 'lasts longer: ' || call)
from unnest(array[
    format('api.create_api_key(%L, ''mine'', array[''read''])', tap.site('acme')),
    format('api.invite_member(%L, '' Boss@People.Example'', ''owner'')', tap.site('acme'))
]) as call;
select is(tap.knock('boss', format('api.transfer_ownership(%L, %L)', tap.site('acme'), tap.person('boss'))), 'member_not_found', 'nor is it handed over');
select tap.make_member('boss', 'viewer', 'acme');
select is(
    tap.knock('boss', format('api.set_member_role(%L, %L, ''owner'')', tap.site('acme'), tap.person('boss'))), 'outlives_support_access',
    'a viewer who is an admin makes themself no owner'
);
select is(
    tap.knock('boss', format('api.set_member_role(%L, %L, ''editor'')', tap.site('acme'), tap.person('viewer'))), 'done', 'others are helped'
);
select is(tap.knock('boss', format('api.set_member_role(%L, %L, ''viewer'')', tap.site('acme'), tap.person('viewer'))), 'done', 'and helped back');
delete from app.site_members where user_id = tap.person('boss');

-- it ends: by itself, by an owner, by its admin, with the admin's role
create function tap.last_access() returns uuid language sql security definer as $$
    select id from app.support_accesses where admin_id = tap.person('boss') order by opened_at desc, closed_at nulls first limit 1
$$;
create function tap.close_support(name text) returns text language sql as $$
    select tap.knock(name, format('api.close_support_access(%L, %L)', tap.site('acme'), tap.last_access()))
$$;
create function tap.inbox() returns text language sql as $$
    select tap.knock('boss', format('api.recent_intents(%L)', tap.site('acme')))
$$;
select is(tap.close_support(name), want, name || ' closes')
from (values ('viewer', 'owner_required'), ('editor', 'owner_required'), ('neighbour', 'site_not_found'), ('owner', 'done')) as who (name, want);
select is(tap.inbox(), 'support_access_required', 'closed by the owner: over at once');
select tap.become('owner');
select results_eq(
    $$select admin_name, closed_by_name from api.support_accesses(tap.site('acme')) where closed_at is not null$$, $$values ('boss', 'owner')$$,
    'and the list names who closed it'
);
select tap.become_nobody();
select is(tap.close_support('owner'), 'support_access_not_found', 'once');
select tap.ask_support(), is(tap.inbox(), 'done', 'opened again'), is(tap.close_support('boss'), 'done', 'its admin closes it'), is(tap.inbox(), 'support_access_required', 'over');
select tap.ask_support(8), is(tap.ask_support(1), 'done', 'a new one takes the place of the last');
select is(count(*), 1::bigint, 'so one is open') from app.support_accesses
where admin_id = tap.person('boss') and closed_at is null and expires_at > now();
update app.support_accesses set opened_at = opened_at - interval '1 hour', expires_at = expires_at - interval '1 hour'
where admin_id = tap.person('boss');
select is(tap.inbox(), 'support_access_required', 'over by itself');
select throws_ok(
    'update app.support_accesses set expires_at = opened_at + interval ''9 hours''', '23514', null, 'never longer than eight hours'
);
select tap.ask_support();
update app.profiles set role = 'user' where id = tap.person('boss');
select is(tap.inbox(), 'site_not_found', 'no admin any more');
update app.profiles set role = 'admin' where id = tap.person('boss');

-- an archived site
update app.sites set deleted_at = now() where id = tap.site('neighbour');
select is(tap.outcome('boss', 'select from api.archived_sites()'), '0', 'archived sites are not there without it');
select is(tap.ask_support(1, site => 'neighbour'), 'done', 'opened for an archived site');
select is(tap.knock('boss', format('api.restore_site(%L)', tap.site('neighbour'))), 'done', 'which is restored');

-- a member who is an admin, too, works as a member
select tap.make_member('boss', 'viewer', 'acme');
update app.support_accesses set closed_at = now() where admin_id = tap.person('boss');
select is(tap.inbox(), 'done', 'as a viewer');
select is(tap.knock('boss', format('api.junk(%L, 3)', tap.card('visit'))), 'editor_required', 'no more than that');

select * from finish();
rollback;
