-- profiles, members, invitations, identities
begin;
select no_plan();
select tap.make_everyone();

select throws_ok(
    format('insert into app.profiles (email, role) values (%L, %L)', email, role), code, null, format('refuses %s as %s', email, role)
)
from (
    values
    ('Upper@people.example', 'user', '23514'),
    ('no at sign', 'user', '23514'),
    ('two@at@signs', 'user', '23514'),
    ('owner@people.example', 'user', '23505'),
    ('new@people.example', 'root', '23514')
) as example (email, role, code);
select access.create_user('  Mixed@People.Example ', null, 'Mixed');
select is(email, 'mixed@people.example', 'create_user lowers the address') from app.profiles where display_name = 'Mixed';
select throws_ok(
    $$select access.create_user('owner@People.example', null, 'twice')$$, '23505', null, 'nobody twice, whatever the letters'
);
select throws_ok(
    $$insert into app.site_members (site_id, user_id, role) values (tap.site('acme'), tap.person('stranger'), 'boss')$$,
    '23514', null, 'an unknown role is none'
);
select throws_ok(
    $$insert into app.site_members (site_id, user_id, role) values (tap.site('acme'), tap.person('viewer'), 'editor')$$,
    '23505', null, 'one membership each'
);

-- A site keeps at least one owner.
set constraints all deferred;
savepoint before;
select lives_ok(
    $$update app.site_members set role = 'editor' where user_id = tap.person('owner')$$, 'the last owner may step down …'
);
select throws_ok('set constraints all immediate', 'PT409', 'last_owner', '… but not be the last at commit');
rollback to before;
set constraints all deferred;
select lives_ok($$delete from app.site_members where user_id = tap.person('owner')$$, 'the last owner may leave …');
select throws_ok('set constraints all immediate', 'PT409', 'last_owner', '… but not be the last at commit');
rollback to before;
set constraints all deferred;
update app.site_members set role = 'viewer' where user_id = tap.person('owner');
update app.site_members set role = 'owner' where user_id = tap.person('viewer');
select lives_ok('set constraints all immediate', 'handed over by two statements in one transaction');
set constraints all deferred;
update app.site_members set role = 'owner' where user_id = tap.person('editor');
delete from app.site_members where user_id = tap.person('viewer');
select lives_ok('set constraints all immediate', 'one of two owners may leave');
set constraints all deferred;
select lives_ok($$delete from app.site_members where user_id = tap.person('owner')$$, 'who is no owner may leave');
select lives_ok('set constraints all immediate', 'who is no owner is not missed');
set constraints all deferred;
rollback to before;
set constraints all deferred;
savepoint person;
delete from app.profiles where id = tap.person('owner');
select throws_ok('set constraints all immediate', 'PT409', 'last_owner', 'erasing the only owner is noticed');
rollback to person;
set constraints all deferred;
select lives_ok(
    $$update app.site_members set created_at = now() where user_id = tap.person('owner')$$, 'another change of the owner''s row'
);
select lives_ok('set constraints all immediate', 'is no matter');
set constraints all deferred;
-- moving the last owner's row to another site leaves the first without
update app.site_members set site_id = tap.site('neighbour') where user_id = tap.person('owner');
select throws_ok('set constraints all immediate', 'PT409', 'last_owner', 'an owner''s row moved away is a loss');
rollback to before;
set constraints all deferred;
select tap.make_site('empty');
select tap.make_member('brief', 'owner', 'empty');
-- its audit keeps a site from being deleted; without one it takes its members along
select lives_ok($$delete from app.site_members where site_id = tap.site('empty') and role = 'viewer'$$, 'nobody to remove');
rollback to before;
set constraints all deferred;

-- invitations
select lives_ok(
    $$insert into app.invitations (site_id, email, role, token_sha256) values (tap.site('acme'), 'new@people.example', 'viewer', sha256('a'))$$,
    'an invitation'
);
select throws_ok(
    $$insert into app.invitations (site_id, email, role, token_sha256) values (tap.site('acme'), 'new@people.example', 'editor', sha256('b'))$$,
    '23505', null, 'one open invitation for each address'
);
update app.invitations set accepted_at = now();
select lives_ok(
    $$insert into app.invitations (site_id, email, role, token_sha256) values (tap.site('acme'), 'new@people.example', 'editor', sha256('b'))$$,
    'another one after the first was accepted'
);
select throws_ok(
    $$insert into app.invitations (site_id, email, role, token_sha256) values (tap.site('neighbour'), 'x@people.example', 'editor', sha256('b'))$$,
    '23505', null, 'a token opens one door'
);
select throws_ok(
    $$insert into app.invitations (site_id, email, role, token_sha256) values (tap.site('acme'), 'y@people.example', 'editor', 'plain')$$,
    '23514', null, 'a token is kept as digest only'
);
select throws_ok(
    $$update app.invitations set expires_at = created_at$$, '23514', null, 'an invitation lasts'
);

select throws_ok(
    $$insert into access.passwords (user_id, bcrypt) values (tap.person('owner'), 'secret')$$, '23514', null, 'a password is kept hashed only'
);
select throws_ok(
    format('select access.set_password(tap.person(''owner''), %L)', password), 'PT400', 'invalid_password', why
)
from (
    values ('short', 'a short password'), (repeat('x', 73), '73 bytes: bcrypt would ignore one'), (repeat('ç', 37), '74 bytes in 37 letters')
) as example (password, why);
select throws_ok(
    $$insert into access.issuers (iss, aud, role) values ('https://idp.example', null, 'service_role')$$, '23514', null,
    'an external issuer gets authenticated only'
);
select throws_ok(
    $$insert into access.issuers (iss, aud, role) values ('opsmantik', 'opsmantik', 'monitor')$$, '23505', null, 'each issuer once'
);
select throws_ok($$select ops.set_jwt_secret('short')$$, 'PT400', 'weak_secret', 'a weak JWT secret is refused');
select throws_ok($$select ops.set_proxy_secret('short')$$, 'PT400', 'weak_secret', 'a weak proxy secret is refused');

select * from finish();
rollback;
