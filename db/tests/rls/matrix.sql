-- Every caller, every table, view and partition, every verb, by direct SQL: two readable tables and what is not in them.
begin;
select no_plan();
select tap.make_everyone();
select tap.lead('visit', 'click');
select tap.lead('other visit', 'other');
select tap.lead('next door', 'click', site => 'neighbour');
update app.calls set status = 'confirmed', sale_amount = 1, judged_action = 'seal' where session_id <> tap.session('other visit');
insert into app.invitations (site_id, email, role, token_sha256)
select id, 'new@people.example', 'viewer', sha256(name::bytea) from app.sites;
insert into app.daily_stats (site_id, dimension, kind, day, value, is_ads)
select id, 'total', 'visits', '2026-03-02', '', true from app.sites;
insert into app.hourly_stats (site_id, dimension, kind, hour, value, is_ads)
select id, 'total', 'visits', '2026-03-02 10:00Z', '', true from app.sites;
insert into app.stats_marks (site_id, kind, at) select id, 'visits', '2026-03-02 10:00Z' from app.sites;
insert into app.stats_progress (site_id, time_zone, rolled_until, slices_from, next_at, details_from)
select id, time_zone, '2026-03-03', '2026-03-03', '2026-03-04', '2026-03-01' from app.sites
on conflict (site_id) do nothing;
create role tap_reader login in role analyst;
create role tap_stray login in role analyst;
insert into access.identities (iss, sub, user_id) values ('postgres', 'tap_reader', tap.person('viewer'));
grant usage on schema tap to tap_reader, tap_stray;

-- 1. What a role may do at all. Who is not named may do nothing: anon, service_role, monitor, authenticator. Rows that
-- begin with s.i.u.d are select, insert, update, delete; nobody may truncate, reference or put triggers on anything.

create temporary table may (relation text, authenticated text, analyst text, app_definer text);
insert into may values
-- tenants and what is theirs
('app.sites', 's', '', 's i u'),
('app.site_members', 's', '', 's i u d'),
('app.invitations', 's', '', 's i u'),
('app.profiles', 's', '', 's i u'),
('app.sessions', 's', '', 's i u'),
('app.events', 's', '', 's i u'),
('app.calls', 's u', '', 's i u'),
('app.conversions', 's', '', 's i u'),
('app.audit_log', 's', '', 's i'),
('app.call_transitions', 's', '', 's'),
('app.daily_stats', 's', '', ''),
('app.hourly_stats', 's', '', ''),
('app.stats_marks', 's', '', 'i'),
('app.stats_progress', 's', '', 's i u'),
('app.site_purges', '', '', 's'),
('app.support_accesses', 's', '', 's i u'),
-- who is asking
('access.api_keys', '', '', 's i u'),
('access.call_secrets', '', '', 's i u'),
('access.feed_credentials', '', '', 's'),
('access.identities', '', '', 's i'),
('access.issuers', '', '', 's'),
('access.logins', '', '', 's i u'),
('access.machine_tokens', '', '', 's'),
('access.password_resets', '', '', 's i u'),
('access.passwords', '', '', 's i u'),
('access.refresh_tokens', '', '', 's i u'),
('access.secrets', '', '', 's'),
-- the installation
('ops.bad_row_usage', '', '', 's i u'),
('ops.bad_rows', '', '', 's i u'),
('ops.call_reports', '', '', 's i u'),
('ops.deploys', '', '', ''),
('ops.erasures', '', '', 's i u'),
('ops.health', '', '', 's'),
('ops.job_runs', '', '', ''),
('ops.jobs', '', '', ''),
('ops.mail_outbox', '', '', 'i'),
('ops.migrations', '', '', ''),
('ops.operator_log', '', '', ''),
('ops.rate_buckets', '', '', 's i u d'),
('ops.refusals', '', '', 's i u'),
('ops.retired_months', '', '', ''),
('ops.scripts', '', '', 's'),
('ops.settings', '', '', 's'),
('ops.site_usage', '', '', 's'),
-- analysts' views
('reporting.attribution_funnel', '', 's', ''),
('reporting.audit', '', 's', ''),
('reporting.conversions', '', 's', ''),
('reporting.daily_site_summary', '', 's', ''),
('reporting.events', '', 's', ''),
('reporting.intents', '', 's', ''),
('reporting.sales', '', 's', ''),
('reporting.sessions', '', 's', '');

-- 2. Which rows they then see: none, self, own (all of their own site, nothing of the other), all. The neighbour's owner
-- stands for every member of another site: own is then theirs.

create temporary table sees (relation text, outsider text, viewer text, editor text, owner text, admin text, analyst text);
insert into sees values
('app.sites', 'none', 'own', 'own', 'own', 'all', '-'),
('app.site_members', 'none', 'own', 'own', 'own', 'all', '-'),
('app.invitations', 'none', 'none', 'none', 'own', 'all', '-'),
('app.support_accesses', 'none', 'none', 'none', 'own', 'all', '-'),
('app.profiles', 'self', 'self', 'self', 'self', 'self', '-'),
('app.sessions', 'none', 'own', 'own', 'own', 'all', '-'),
('app.events', 'none', 'own', 'own', 'own', 'all', '-'),
('app.calls', 'none', 'own', 'own', 'own', 'all', '-'),
('app.calls, to update', 'none', 'none', 'own', 'own', 'all', '-'),
('app.conversions', 'none', 'own', 'own', 'own', 'all', '-'),
('app.audit_log', 'none', 'own', 'own', 'own', 'all', '-'),
('app.call_transitions', 'all', 'all', 'all', 'all', 'all', '-'),
('app.daily_stats', 'none', 'own', 'own', 'own', 'all', '-'),
('app.hourly_stats', 'none', 'own', 'own', 'own', 'all', '-'),
('app.stats_marks', 'none', 'own', 'own', 'own', 'all', '-'),
('app.stats_progress', 'none', 'own', 'own', 'own', 'all', '-'),
('reporting.attribution_funnel', '-', '-', '-', '-', '-', 'own'),
('reporting.audit', '-', '-', '-', '-', '-', 'own'),
('reporting.conversions', '-', '-', '-', '-', '-', 'own'),
('reporting.daily_site_summary', '-', '-', '-', '-', '-', 'own'),
('reporting.events', '-', '-', '-', '-', '-', 'own'),
('reporting.intents', '-', '-', '-', '-', '-', 'own'),
('reporting.sales', '-', '-', '-', '-', '-', 'own'),
('reporting.sessions', '-', '-', '-', '-', '-', 'own');

-- What becomes of a statement: rows found, or the SQLSTATE; nothing of it stays.
create function tap.tried(caller text, statement text) returns text
language plpgsql
as $$
declare
    v_count bigint;
begin
    if caller in ('tap_reader', 'tap_stray', 'authenticator') then
        perform set_config('session_authorization', caller, true);
    elsif tap.person(caller) is not null then
        perform tap.become(caller);
    else
        perform tap.become_role(caller);
    end if;
    begin
        execute statement;
        get diagnostics v_count = row_count;
        raise exception using errcode = 'TAP00';
    exception when others then
        if sqlstate <> 'TAP00' then
            v_count := null;
        end if;
        perform set_config('session_authorization', 'postgres', true);
        perform tap.become_nobody();
        return coalesce(v_count::text, sqlstate);
    end;
end;
$$;

create temporary table relation as
select
    pg_class.oid, pg_class.oid::regclass::text as name, relkind, relispartition,
    -- a column that anybody could write, if they might
    (
        select min(attname::text) from pg_attribute
        where attrelid = pg_class.oid and attnum > 0 and not attisdropped and attgenerated = '' and attidentity = ''
            and case when has_any_column_privilege('authenticated', pg_class.oid, 'update')
                then has_column_privilege('authenticated', pg_class.oid, attnum, 'update') else true end
            and case when has_any_column_privilege('app_definer', pg_class.oid, 'update')
                then has_column_privilege('app_definer', pg_class.oid, attnum, 'update') else true end
    ) as a_column,
    exists (select from pg_attribute where attrelid = pg_class.oid and attname = 'site_id' and not attisdropped) as has_site
from pg_class
where relkind in ('r', 'p', 'v', 'm', 'f')
    and relnamespace::regnamespace::text in ('app', 'access', 'ops', 'api', 'reporting', 'partman');

create temporary table caller (name text, role text);
insert into caller values
('anon', 'anon'), ('service_role', 'service_role'), ('monitor', 'monitor'), ('authenticator', 'authenticator'),
('authenticated', 'authenticated'), ('owner', 'authenticated'), ('admin', 'authenticated'),
('analyst', 'analyst'), ('tap_reader', 'analyst'), ('app_definer', 'app_definer');

-- what each may do, by doing it
create temporary table done as
select relation.name, caller.name as caller, caller.role, verb, tap.tried(caller.name, statement) as outcome
from relation
cross join caller
cross join lateral (
    values
    ('s', 1, format('select 1 from %s limit 1', relation.name)),
    ('i', 2, format('insert into %s default values', relation.name)),
    ('u', 3, format('update %s set %I = null where false', relation.name, a_column)),
    ('d', 4, format('delete from %s where false', relation.name)),
    ('truncate', 5, format('truncate %s', relation.name)),
    ('reference', 6, format('do %L', format(
        $$begin if not has_any_column_privilege(%L::regclass, 'references') then raise insufficient_privilege; end if; end$$, relation.oid
    ))),
    ('trigger', 7, format('do %L', format(
        $$begin if not has_table_privilege(%L::regclass, 'trigger') then raise insufficient_privilege; end if; end$$, relation.oid
    )))
) as try (verb, place, statement)
-- a view that can not be written to says so before it asks who wants to
where relkind in ('r', 'p') or verb in ('s', 'reference', 'trigger');

select results_eq(
    'select name from relation where not relispartition and name !~ ''^partman\.'' order by 1', 'select relation from may order by 1',
    'each table and view has its line, and each line its table'
);
select is(
    string_agg(found.verbs, ', ' order by found.caller),
    string_agg(found.caller || ': ' || case found.role
        when 'authenticated' then coalesce(may.authenticated, '')
        when 'analyst' then coalesce(may.analyst, '')
        when 'app_definer' then coalesce(may.app_definer, '')
        else ''
    end, ', ' order by found.caller),
    case when relation.relispartition then 'nobody: ' else 'who may what: ' end || relation.name
)
from (
    select done.name, done.caller, done.role, done.caller || ': '
        || coalesce(string_agg(verb, ' ' order by array_position(array['s', 'i', 'u', 'd'], verb)) filter (where outcome <> '42501'), '') as verbs
    from done group by done.name, done.caller, done.role
) as found
join relation on relation.name = found.name
left join may on may.relation = found.name
group by relation.name, relation.relispartition;
select cmp_ok(count(*), '>', 15::bigint, 'partitions were among them') from relation where relispartition;

-- which rows, by counting them
create temporary table person (name text, kind text, home uuid);
insert into person values
('authenticated', 'outsider', null), ('stranger', 'outsider', null), ('removed', 'outsider', null),
('viewer', 'viewer', tap.site('acme')), ('editor', 'editor', tap.site('acme')), ('owner', 'owner', tap.site('acme')),
('neighbour', 'owner', tap.site('neighbour')), ('admin', 'admin', null),
('tap_reader', 'analyst', tap.site('acme')), ('tap_stray', 'analyst', null);
create temporary table look as
select
    sees.relation, person.name as caller, person.home, is_update,
    case kind
        when 'outsider' then outsider when 'viewer' then viewer when 'editor' then editor when 'owner' then owner
        when 'admin' then admin when 'analyst' then case when home is null and analyst = 'own' then 'none' else analyst end
    end as expected,
    case
        when is_update then format('update %s set %I = %1$I', bare, a_column)
        when bare = 'app.invitations' then format('select id from %s', bare)
        else format('select * from %s', bare)
    end as statement,
    case when bare = 'app.sites' then 'id' when has_site then 'site_id' end as site_column,
    bare
from sees
cross join lateral (values (split_part(sees.relation, ',', 1), sees.relation like '%update')) as part (bare, is_update)
join relation on relation.name = bare
cross join person;
-- judging needs an action; whether one may is another test's question (rls/judgement.sql)
update look set statement = 'update app.calls set note = ''x'', judged_action = case status when ''intent'' then ''junk'' else ''amend'' end,
status = case status when ''intent'' then ''junk'' else status end' where is_update;
create temporary table there (relation text, home uuid, rows bigint);
do $$
declare
    v_look record;
begin
    for v_look in select distinct bare, site_column, site.id as home from look cross join (select id from app.sites union all select null) as site loop
        execute format(
            'insert into there select %L, %L, count(*) from %s where %s', v_look.bare, v_look.home, v_look.bare,
            case when v_look.site_column is null or v_look.home is null then 'true'
                else format('%I = %L', v_look.site_column, v_look.home) end
        );
    end loop;
end;
$$;
select is_empty(
    'select * from there where rows = 0', 'there is something to see in each of them, at both sites'
);
select is_empty(
    $$
    select name from may full join (select distinct bare as name from look) as seen on seen.name = may.relation
    where (authenticated like 's%' or analyst like 's%') <> (seen.name is not null)
    $$,
    'who may read a table has a line that says which rows'
);
select is(
    tap.tried(look.caller, statement),
    case expected when '-' then '42501' when 'none' then '0' when 'self' then case when look.caller = 'authenticated' then '0' else '1' end
        else there.rows::text end,
    format('%s of %s: %s', expected, look.relation, look.caller)
)
from look
join there on there.relation = bare and there.home is not distinct from case expected when 'own' then look.home end;
-- as many rows as one's own are one's own: none of the other site is among them
select is(
    tap.tried(look.caller, format('%s where %I = %L', statement, site_column, other.id)), '0',
    format('nothing of the other site''s %s: %s', look.relation, look.caller)
)
from look
join app.sites as other on other.id <> look.home
where expected = 'own';

-- an archived site is not there for anybody
update app.sites set deleted_at = now() where name = 'acme';
select is(
    tap.tried(caller, format('%s where %I = %L', statement, site_column, tap.site('acme'))), '0',
    format('archived: %s, %s', relation, caller)
)
from look where expected in ('own', 'all') and site_column is not null;
update app.sites set deleted_at = null where name = 'acme';

-- Sequences, schemas, temporary objects, other roles, plans

select is_empty(
    $$
    select sequence.oid::regclass, role, privilege
    from pg_class as sequence
    cross join unnest(array['anon', 'authenticated', 'service_role', 'monitor', 'analyst', 'authenticator', 'app_definer']) as role
    cross join unnest(array['usage', 'select', 'update']) as privilege
    where relkind = 'S' and relnamespace::regnamespace::text in ('app', 'access', 'ops', 'api', 'reporting', 'partman')
        and has_sequence_privilege(role, sequence.oid, privilege)
    $$,
    'nobody reads or moves a sequence: how much there is at other sites is not to be counted'
);
select is_empty(
    format(
        'select caller.name from caller where tap.tried(caller.name, %L) <> ''42501''',
        format(statement, nspname)
    ),
    format('nobody makes anything in %s: %s', nspname, split_part(statement, '%', 1))
)
from pg_namespace
cross join unnest(array['create table %I.mine (id integer)', 'create function %I.mine() returns integer language sql return 1']) as statement
where nspname !~ '^pg_(toast|temp)' and nspname <> 'tap';
select is_empty(
    'select name from caller where tap.tried(name, ''create schema mine'') <> ''42501''', 'nobody makes a schema'
);
do $$
begin
    -- a copy of the database has privileges of its own: as the deploy leaves it
    execute format('revoke temporary on database %I from public', current_database());
end;
$$;
select is_empty(
    'select name from caller where tap.tried(name, ''create temporary table calls (id integer)'') <> ''42501''',
    'nobody makes a temporary table'
);

-- even who could: what stands in front of ours in the search path is not asked
do $$
begin
    execute format('grant temporary on database %I to authenticated', current_database());
end;
$$;
select tap.become('stranger');
create temporary table site_members as select tap.site('acme') as site_id, tap.person('stranger') as user_id, 'owner' as role;
create temporary table profiles as select tap.person('stranger') as id, 'admin' as role;
create temporary table identities as select 'opsmantik' as iss, tap.person('stranger')::text as sub, tap.person('owner') as user_id;
create temporary table sites as select tap.site('acme') as id, null::timestamptz as deleted_at, 'mine' as name;
create function pg_temp.user_id() returns uuid language sql as $$select tap.person('owner')$$;
create function pg_temp.now() returns timestamptz language sql as $$select timestamptz '2000-01-01'$$;
select set_config('search_path', 'pg_temp, tap', true) is not null;
select is_empty('select * from app.calls', 'tables of one''s own in front of ours: no rows');
select is_empty('select * from api.sites()', 'nor sites');
select is(access.is_admin(), false, 'nor rights');
select throws_ok(
    format('select * from api.members(%L)', tap.site('acme')), 'PT404', 'site_not_found', 'nor a function that takes them for ours'
);
select set_config('search_path', 'tap', true) is not null;
select tap.become_nobody();

-- who becomes whom
select is(
    tap.tried(who, format('set role %I', whom)), case when may then '0' else '42501' end,
    format('%s %s %s', who, case when may then 'becomes' else 'does not become' end, whom)
)
from unnest(array['authenticator', 'tap_reader']) as who
cross join unnest(array[
    'anon', 'authenticated', 'service_role', 'monitor', 'analyst', 'app_owner', 'app_definer', 'authenticator', 'postgres'
]) as whom
cross join lateral (values (
    whom = who or case who when 'authenticator' then whom in ('anon', 'authenticated', 'service_role', 'monitor') else whom = 'analyst' end
)) as rule (may);

-- a plan says no more than the query
select is(tap.tried(caller.name, 'explain select * from access.secrets'), '42501', 'no plan of what is closed: ' || caller.name)
from caller where role <> 'app_definer';
create temporary table plan (said text);
grant insert on plan to public;
select set_config('session_authorization', 'tap_reader', true) is not null;
insert into plan select tap.plan_of('select * from reporting.intents')::text;
select set_config('session_authorization', 'postgres', true) is not null;
select tap.become('viewer');
insert into plan select tap.plan_of('select * from app.calls')::text;
select tap.become_nobody();
select is(count(*), 2::bigint, 'plans of what is open') from plan;
select is_empty(
    $$select said from plan cross join app.sites where said ~ sites.id::text or said ~ sites.public_key$$, 'hold no tenant''s values'
);

-- Functions that belong to nobody of the web

select is_empty(
    $$
    select caller.name, routine.name from caller cross join (
        values ('ops.verify_audit(gen_random_uuid())'), ('ops.offer_conversions()'), ('ops.checks()'), ('ops.job_state()'),
            ('ops.set_jwt_secret(repeat(''x'', 40))'), ('ops.ingest(''{}'')'), ('ops.take_tokens(''x'', 1, 1, 1)'),
            ('access.create_user(''a@b.example'', null, ''x'', ''admin'')'), ('access.set_password(gen_random_uuid(), ''correct horse'')'),
            ('access.create_feed_credential(gen_random_uuid(), ''mine'')'), ('access.issue_tokens(gen_random_uuid(), gen_random_uuid())'),
            ('access.sign_jwt(''{"role":"service_role"}'')'), ('access.feed_site_id()'), ('access.claims()'),
            ('access.write_audit(gen_random_uuid(), ''seal'', ''call'', gen_random_uuid(), null, null)'),
            ('app.refresh_conversion(gen_random_uuid(), gen_random_uuid())'), ('app.secure_partitions()'),
            ('access.analyst_site_ids(''postgres'')'), ('partman.run_maintenance()'), ('extensions.gen_salt(''bf'')')
    ) as routine (name)
    where role <> 'app_definer' and tap.tried(caller.name, 'select ' || routine.name) <> '42501'
        and not (caller.name = 'analyst' and routine.name like '%analyst%')
    $$,
    'nobody calls what is not theirs'
);
select is(tap.tried(name, 'call ops.run_job(''clean_up'')'), '42501', name || ' runs no job') from caller;

select * from finish();
rollback;
