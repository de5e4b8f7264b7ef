-- who may change members, by SQL as the role that PostgREST takes on
begin;
select no_plan();
select tap.make_everyone();

-- each caller against each door: what happens, and that nothing else does
select is(tap.knock(name, replace(call, 'SITE', quote_literal(tap.site('acme')))), want, name || ': ' || call)
from (
    values
    ('viewer', 'owner_required'), ('editor', 'owner_required'), ('neighbour', 'site_not_found'), ('removed', 'site_not_found'),
    ('stranger', 'site_not_found')
) as caller (name, want)
cross join (
    values
    ('api.invite_member(SITE, ''x@y.example'', ''viewer'')'), ('api.invitations(SITE)'),
    ('api.revoke_invitation(SITE, gen_random_uuid())'), ('api.set_member_role(SITE, tap.person(''editor''), ''owner'')'),
    ('api.remove_member(SITE, tap.person(''owner''))'), ('api.transfer_ownership(SITE, tap.person(''editor''))')
) as door (call);
select results_eq(
    $$select profiles.display_name, site_members.role from app.site_members join app.profiles on profiles.id = user_id
    where site_id = tap.site('acme') order by 1$$,
    $$values ('editor', 'editor'), ('owner', 'owner'), ('viewer', 'viewer')$$, 'and nobody''s role has changed'
);
select is_empty('select from ops.mail_outbox', 'and no mail was written');

-- the tables themselves are closed to those who use the functions
select is(tap.outcome(name, statement), '42501', name || ': ' || statement)
from unnest(array['owner', 'admin']) as name
cross join unnest(array[
    'insert into app.invitations default values', 'update app.invitations set accepted_at = null',
    'select token_sha256 from app.invitations', 'select * from ops.mail_outbox', 'select * from access.password_resets',
    'select * from access.logins', 'delete from app.site_members', 'update app.profiles set display_name = ''x'''
]) as statement;
-- the definers write mails and read none
select is(tap.outcome('app_definer', 'select token from ops.mail_outbox'), '42501', 'app_definer reads no mail');

-- an admin does what an owner does; the definers ask for membership themselves
select tap.become('admin');
select lives_ok(format('select api.set_member_role(%L, %L, ''viewer'')', tap.site('acme'), tap.person('editor')), 'an admin sets a role');
select tap.become_nobody();
select is(role, 'viewer', 'and it is set') from app.site_members where user_id = tap.person('editor');

-- an archived site takes nobody in
update app.sites set deleted_at = now() where id = tap.site('acme');
select is(tap.knock('owner', format('api.invite_member(%L, ''x@y.example'', ''viewer'')', tap.site('acme'))), 'site_not_found', 'archived');

select * from finish();
rollback;
