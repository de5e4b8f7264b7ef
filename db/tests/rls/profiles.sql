begin;
select no_plan();
select tap.make_everyone();

select is(tap.outcome(name, 'select 1 from app.profiles'), '1', name || ' sees one profile: their own')
from unnest(array['stranger', 'removed', 'neighbour', 'viewer', 'editor', 'owner', 'admin']) as name;
select is(tap.outcome('anon', 'select 1 from app.profiles'), '42501', 'anon sees none');

-- nobody makes themself admin
select is(tap.outcome(name, statement), '42501', format('%s: %s', name, statement))
from unnest(array['stranger', 'viewer', 'editor', 'owner', 'admin']) as name
cross join unnest(array[
    'update app.profiles set role = ''admin''',
    'update app.profiles set role = ''admin'' where id = access.user_id()',
    'update app.profiles set display_name = ''x''',
    'insert into app.profiles (email, role) values (''me@people.example'', ''admin'')',
    'delete from app.profiles'
]) as statement;
select results_eq(
    $$select role, count(*) from app.profiles group by role order by role$$, $$values ('admin', 1::bigint), ('user', 6)$$,
    'and so nobody is one'
);

-- nobody raises their own role, or adds themself
select is(tap.outcome(name, statement), '42501', format('%s: %s', name, statement))
from unnest(array['stranger', 'removed', 'viewer', 'editor', 'owner']) as name
cross join unnest(array[
    'update app.site_members set role = ''owner'' where user_id = access.user_id()',
    'update app.site_members set role = ''owner''',
    'delete from app.site_members',
    'insert into app.site_members (site_id, user_id, role) select gen_random_uuid(), access.user_id(), ''owner'''
]) as statement;

-- nobody reads the token of an invitation, or links an identity
select is(tap.outcome('owner', 'select token_sha256 from app.invitations'), '42501', 'not even an owner reads an invitation''s digest');
select is(tap.outcome('owner', 'select * from access.identities'), '42501', 'nobody lists identities');

select * from finish();
rollback;
