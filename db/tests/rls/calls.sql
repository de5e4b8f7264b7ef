begin;
select no_plan();
select tap.make_everyone();
select tap.lead('visit', 'click');

-- the whitelist, as grants: every column that is not on it is closed, also one added later
select is(
    tap.outcome('owner', format('update app.calls set %1$I = %1$I', attname)),
    case when attname in ('status', 'sale_amount', 'note', 'caller_phone', 'judged_action') then '1' else '42501' end,
    format('owner: %s is %s', attname, case when attname in ('status', 'sale_amount', 'note', 'caller_phone', 'judged_action') then 'open' else 'closed' end)
)
from pg_attribute where attrelid = 'app.calls'::regclass and attnum > 0 and not attisdropped;
alter table app.calls add column added_later integer;
select is(tap.outcome('owner', 'update app.calls set added_later = 1'), '42501', 'owner: a new column is closed');

-- the whitelist, as trigger: a grant too many does not open it
grant update on app.calls to authenticated;
select is(tap.outcome('editor', format('update app.calls set %s', change)), 'PT403', 'behind a careless grant: ' || change)
from unnest(array[
    'version = 99', 'site_id = site_id, added_later = 1', 'oci_status = ''accepted''', 'sealed_by = null, judged_by = access.user_id()',
    'currency = ''USD''', 'tapped_at = now()', 'click_id = ''mine'', click_id_type = ''gclid''', 'lead_score = 100',
    'deleted_at = now()', 'judged_at = now()', 'undo_state = ''{"status": "confirmed"}'', marketing_consent = true'
]) as change;
select is(
    tap.outcome('editor', format('update app.calls set site_id = %L', tap.site('neighbour'))), 'PT403', 'a card does not move to another site'
);
revoke update on app.calls from authenticated;
grant update (status, sale_amount, note, caller_phone, judged_action) on app.calls to authenticated;

-- the status machine holds for plain updates too
select is(tap.outcome('editor', 'update app.calls set status = ''confirmed'''), 'PT409', 'no status without an action');
select is(tap.outcome('editor', 'update app.calls set status = ''cancelled'', judged_action = ''cancel'''), 'PT409', 'no step that is not on the list');
select is(tap.outcome('viewer', 'update app.calls set note = ''x'''), '0', 'a viewer writes nothing');
select is(tap.outcome('viewer', 'update app.calls set status = ''junk'', judged_action = ''junk'''), '0', 'a viewer judges nothing');
select is(tap.outcome('neighbour', format('update app.calls set note = ''x'' where id = %L', tap.card('visit'))), '0', 'a neighbour writes nothing');
select is(tap.outcome('viewer', 'delete from app.sessions'), '42501', 'a viewer deletes no sessions');

-- forged tokens: whom PostgREST would never let through still sees nothing
create temporary table forged as
select jsonb_build_object('iss', iss, 'sub', tap.person(name), 'role', role)::text as claims, why
from (
    values
    ('https://evil.example', 'owner', 'authenticated', 'another issuer with an owner''s id'),
    ('opsmantik', 'owner', 'service_role', 'an owner''s id under another role'),
    ('opsmantik', 'owner', 'anon', 'an owner''s id as anon'),
    ('opsmantik', 'admin', 'monitor', 'an admin''s id as monitor'),
    ('postgres', 'owner', 'authenticated', 'the issuer of database logins')
) as try (iss, name, role, why)
union all
values
('', 'no claims'),
('{}', 'empty claims'),
('{"iss": "opsmantik", "role": "authenticated"}', 'no subject'),
('{"iss": "opsmantik", "sub": "nobody", "role": "authenticated"}', 'a subject that is nobody');
create function tap.seen_with(claims text) returns bigint language plpgsql as $$
declare
    v_count bigint;
begin
    perform tap.become_role('authenticated', claims);
    select count(*) into v_count from app.calls;
    perform tap.become_nobody();
    return v_count;
end;
$$;
select is(tap.seen_with(claims), 0::bigint, 'forged: ' || why) from forged;
select is(tap.seen_with('{"iss": "opsmantik", "sub": "' || tap.person('owner') || '", "role": "authenticated"}'), 1::bigint, 'unforged: the owner');

-- analysts: the login decides, never a setting
create role tap_analyst login in role analyst;
insert into access.identities (iss, sub, user_id) values ('postgres', 'tap_analyst', tap.person('viewer'));
select results_eq(
    $$select * from access.analyst_site_ids('tap_analyst')$$, $$select tap.site('acme')$$, 'an analyst has the sites of the person'
);
select is_empty($$select * from access.analyst_site_ids('postgres')$$, 'another login has none');
set local role analyst;
select set_config('request.jwt.claims', '{"iss": "opsmantik", "sub": "' || tap.person('admin') || '", "role": "authenticated"}', true) is not null;
select throws_ok('select * from app.calls', '42501', null, 'an analyst who sets claims reads no table');
select throws_ok('select access.site_ids(''viewer'')', '42501', null, 'and calls no helper that believes them');
select throws_ok('select access.is_admin()', '42501', null, 'nor asks whether they are admin');
select throws_ok('select * from api.sites()', '42501', null, 'nor the api');
select tap.become_nobody();

select * from finish();
rollback;
