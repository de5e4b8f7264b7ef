-- Who may do what to acme's rows: one readable table, one assertion for each person.
begin;
select no_plan();
select tap.make_everyone();
select tap.lead('visit', 'click');
select tap.lead('other visit', 'other');
select tap.lead('next door', 'click', site => 'neighbour');
update app.calls set status = 'confirmed', sale_amount = 1, judged_action = 'seal' where session_id <> tap.session('other visit');
insert into app.invitations (site_id, email, role, token_sha256)
select id, 'new@people.example', 'viewer', sha256(name::bytea) from app.sites;

create temporary table who (name text, kind text);
insert into who values
('anon', 'no token'), ('service_role', 'no token'), ('monitor', 'no token'), ('analyst', 'no token'),
('stranger', 'outsider'), ('removed', 'outsider'), ('neighbour', 'outsider'),
('viewer', 'viewer'), ('editor', 'editor'), ('owner', 'owner'), ('admin', 'admin');

create temporary table rule (
    relation text, verb text, no_token text, outsider text, viewer text, editor text, owner text, admin text
);
insert into rule values
('sites', 'select', '42501', '0', 'all', 'all', 'all', 'all'),
('sites', 'insert', '42501', '42501', '42501', '42501', '42501', '42501'),
('sites', 'update', '42501', '42501', '42501', '42501', '42501', '42501'),
('sites', 'delete', '42501', '42501', '42501', '42501', '42501', '42501'),
('site_members', 'select', '42501', '0', 'all', 'all', 'all', 'all'),
('site_members', 'insert', '42501', '42501', '42501', '42501', '42501', '42501'),
('site_members', 'update', '42501', '42501', '42501', '42501', '42501', '42501'),
('site_members', 'delete', '42501', '42501', '42501', '42501', '42501', '42501'),
('invitations', 'select', '42501', '0', '0', '0', 'all', 'all'),
('invitations', 'insert', '42501', '42501', '42501', '42501', '42501', '42501'),
('invitations', 'update', '42501', '42501', '42501', '42501', '42501', '42501'),
('invitations', 'delete', '42501', '42501', '42501', '42501', '42501', '42501'),
('sessions', 'select', '42501', '0', 'all', 'all', 'all', 'all'),
('sessions', 'insert', '42501', '42501', '42501', '42501', '42501', '42501'),
('sessions', 'update', '42501', '42501', '42501', '42501', '42501', '42501'),
('sessions', 'delete', '42501', '42501', '42501', '42501', '42501', '42501'),
('events', 'select', '42501', '0', 'all', 'all', 'all', 'all'),
('events', 'insert', '42501', '42501', '42501', '42501', '42501', '42501'),
('events', 'update', '42501', '42501', '42501', '42501', '42501', '42501'),
('events', 'delete', '42501', '42501', '42501', '42501', '42501', '42501'),
('calls', 'select', '42501', '0', 'all', 'all', 'all', 'all'),
('calls', 'insert', '42501', '42501', '42501', '42501', '42501', '42501'),
('calls', 'update', '42501', '42501', '42501', '42501', '42501', '42501'),
('calls (note)', 'update', '42501', '0', '0', 'all', 'all', 'all'),
('calls', 'delete', '42501', '42501', '42501', '42501', '42501', '42501'),
('conversions', 'select', '42501', '0', 'all', 'all', 'all', 'all'),
('conversions', 'insert', '42501', '42501', '42501', '42501', '42501', '42501'),
('conversions', 'update', '42501', '42501', '42501', '42501', '42501', '42501'),
('conversions', 'delete', '42501', '42501', '42501', '42501', '42501', '42501'),
('audit_log', 'select', '42501', '0', 'all', 'all', 'all', 'all'),
('audit_log', 'insert', '42501', '42501', '42501', '42501', '42501', '42501'),
('audit_log', 'update', '42501', '42501', '42501', '42501', '42501', '42501'),
('audit_log', 'delete', '42501', '42501', '42501', '42501', '42501', '42501');

create temporary table try as
select
    rule.*,
    split_part(relation, ' ', 1) as bare,
    -- a person without rights on the other site must find the rows of acme by its id, not by its name
    format('%I = %L', case relation when 'sites' then 'id' else 'site_id' end, tap.site('acme')) as condition
from rule;
alter table try add statement text, add rows bigint;
update try set statement = case verb
    when 'select' then format('select %s from app.%s where %s', case bare when 'invitations' then 'id' else '*' end, bare, condition)
    when 'insert' then format('insert into app.%s default values', bare)
    when 'delete' then format('delete from app.%s where %s', bare, condition)
    else format('update app.%s set %s where %s', bare, case relation
        when 'sites' then 'name = name'
        when 'calls (note)' then 'note = note'
        when 'profiles' then 'role = role'
        else 'site_id = site_id'
    end, condition)
end;
do $$
declare
    v_try record;
begin
    for v_try in select distinct bare, condition from try loop
        execute format('update try set rows = (select count(*) from app.%s where %s) where bare = %L', v_try.bare, v_try.condition, v_try.bare);
    end loop;
end;
$$;

select cmp_ok(rows, '>', 0::bigint, 'there is something to see in ' || bare) from (select distinct bare, rows from try) as each;
select is(
    tap.outcome(who.name, try.statement),
    replace(case who.kind
        when 'no token' then no_token when 'outsider' then outsider when 'viewer' then viewer
        when 'editor' then editor when 'owner' then owner when 'admin' then admin
    end, 'all', rows::text),
    format('%s: %s %s', who.name, verb, relation)
)
from try cross join who;

-- the neighbour's rows: what one may do at home, they may not next door
select is(
    tap.outcome(who.name, replace(statement, tap.site('acme')::text, tap.site('neighbour')::text)),
    case when verb = 'select' or relation = 'calls (note)' then '0' else '42501' end,
    format('%s next door: %s %s', who.name, verb, relation)
)
from try cross join who
where kind in ('viewer', 'editor', 'owner') and (verb = 'select' or relation = 'calls (note)');

-- without a condition nobody sees more than their own
select is(
    tap.outcome('owner', format('select 1 from app.%s', bare)), rows::text, 'owner: all there is of ' || bare
)
from (select distinct bare, rows from try) as each;

-- an archived site is not there for anybody
update app.sites set deleted_at = now() where name = 'acme';
select is(tap.outcome(who.name, statement), '0', format('%s: an archived site''s %s', who.name, relation))
from try cross join who where verb = 'select' and kind in ('viewer', 'owner', 'admin');

-- read past the parent: each partition is closed
select is(tap.outcome(who.name, format('select 1 from %s', inhrelid::regclass)), '42501', format('%s: %s directly', who.name, inhrelid::regclass))
from pg_inherits cross join who
where inhparent in ('app.sessions'::regclass, 'app.events'::regclass) and who.name in ('anon', 'viewer', 'owner', 'admin');

-- what belongs to nobody of the web
select is_empty(
    format(
        'select name, verb from who cross join (values (%L), (%L), (%L), (%L)) as try (verb) where tap.outcome(name, verb) <> ''42501''',
        'select 1 from ' || name, 'insert into ' || name || ' default values', 'delete from ' || name, 'truncate ' || name
    ),
    'nobody touches ' || name
)
from (
    select pg_class.oid::regclass::text as name from pg_class
    where relkind in ('r', 'p') and relnamespace in ('access'::regnamespace, 'ops'::regnamespace, 'partman'::regnamespace)
) as closed;
select is_empty(
    $$
    select who.name, routine.name from who cross join (
        values ('ops.verify_audit(gen_random_uuid())'), ('ops.offer_conversions()'), ('ops.checks()'), ('ops.job_state()'),
            ('ops.set_jwt_secret(repeat(''x'', 40))'), ('ops.ingest(''{}'')'), ('ops.take_tokens(''x'', 1, 1, 1)'),
            ('access.create_user(''a@b.example'', null, ''x'', ''admin'')'), ('access.set_password(gen_random_uuid(), ''correct horse'')'),
            ('access.create_feed_credential(gen_random_uuid(), ''mine'')'), ('access.issue_tokens(gen_random_uuid(), gen_random_uuid())'),
            ('access.sign_jwt(''{"role":"service_role"}'')'), ('access.feed_site_id()'), ('access.claims()'),
            ('access.write_audit(gen_random_uuid(), ''seal'', ''call'', gen_random_uuid(), null, null)'),
            ('app.refresh_conversion(gen_random_uuid(), gen_random_uuid())'), ('app.secure_partitions()'),
            ('access.analyst_site_ids(''postgres'')'), ('partman.run_maintenance()'), ('extensions.gen_salt(''bf'')')
    ) as routine (name)
    where tap.outcome(who.name, 'select ' || routine.name) <> '42501' and not (who.name = 'analyst' and routine.name like '%analyst%')
    $$,
    'nobody calls what is not theirs'
);
select is(tap.outcome(name, 'call ops.run_job(''clean_up'')'), '42501', name || ' runs no job') from who;

select * from finish();
rollback;
