-- The rules of the house, each a query over the catalogue whose rows are the offenders.
-- tests/house/test_house_can_fail.py makes each mistake and sees it caught here.
begin;
select no_plan();

create temporary view our_schema as
select oid, nspname as name from pg_namespace where nspname in ('app', 'access', 'ops', 'api', 'reporting');
create temporary view our_table as
select pg_class.oid, pg_class.oid::regclass::text as name, relname, relkind, relowner, relacl, relrowsecurity, relispartition
from pg_class join our_schema on our_schema.oid = relnamespace
where relkind in ('r', 'p');
create temporary view our_function as
select
    pg_proc.oid,
    our_schema.name || '.' || proname as name,
    our_schema.name as schema_name,
    pg_proc.oid::regprocedure::text as signature,
    proname, proowner, proacl, prosecdef, proconfig, prosqlbody, prosrc, prokind
from pg_proc join our_schema on our_schema.oid = pronamespace;
-- Setting a path costs 5 us a call, a tenth of a batch. Those that stand on its way run inside the settings of api.sync, and
-- nobody else may call them.
create temporary view inside_sync (name) as values
('access.client'), ('app.limit_prefix'), ('app.merge_signals'), ('app.parse_events'), ('app.query_params'), ('app.score'),
('app.tg_events__open_cards'), ('ops.attribute_session'), ('ops.fill_session'), ('ops.ingest'), ('ops.ingest_batch'),
('ops.open_session'), ('ops.seen_session'), ('ops.store_batch'), ('ops.take_event_tokens'), ('ops.take_tokens');
create temporary view our_role as
select * from pg_roles
where rolname in (
    'app_owner', 'app_definer', 'anon', 'authenticated', 'service_role', 'monitor', 'analyst', 'authenticator'
);

-- Tables and policies

select is_empty(
    $$select name from our_table where not relrowsecurity$$,
    'every table and every partition has row level security'
);
select is_empty(
    $$
    select name, 'grant to ' || grantee::regrole
    from our_table cross join lateral aclexplode(relacl)
    where relispartition and grantee <> relowner
    union all
    select name, 'grant on ' || attname
    from our_table join pg_attribute on attrelid = our_table.oid
    where relispartition and attacl is not null
    union all
    select name, polname from our_table join pg_policy on polrelid = our_table.oid where relispartition
    $$,
    'partitions have no grants and no policies'
);
select is_empty(
    $$
    select polrelid::regclass, polname from pg_policy join our_table on our_table.oid = polrelid
    where 0 = any (polroles)
    $$,
    'every policy names its roles'
);
select is_empty(
    $$
    select polrelid::regclass, polname, expression
    from pg_policy
    join our_table on our_table.oid = polrelid
    cross join lateral (
        values (pg_get_expr(polqual, polrelid)), (pg_get_expr(polwithcheck, polrelid))
    ) as part (expression)
    where 'authenticated'::regrole = any (polroles)
        and (polrelid = 'app.sites'::regclass or exists (
            select from pg_attribute where attrelid = polrelid and attname = 'site_id'
        ))
        and expression !~ '^\((site_)?id = ANY \(ARRAY\( SELECT access\.site_ids\(''(viewer|editor|owner)''::text\) AS site_ids\)\)\)$'
    $$,
    'policies of tenants use the array form of access.site_ids'
);
select is_empty(
    $$
    with expected (grantee, relation, privilege) as (
        values
        ('authenticated', 'app.sites', 'SELECT'),
        ('authenticated', 'app.profiles', 'SELECT'),
        ('authenticated', 'app.site_members', 'SELECT'),
        ('authenticated', 'app.sessions', 'SELECT'),
        ('authenticated', 'app.events', 'SELECT'),
        ('authenticated', 'app.calls', 'SELECT'),
        ('authenticated', 'app.call_transitions', 'SELECT'),
        ('authenticated', 'app.conversions', 'SELECT'),
        ('authenticated', 'app.audit_log', 'SELECT'),
        ('authenticated', 'app.support_accesses', 'SELECT'),
        ('authenticated', 'app.daily_stats', 'SELECT'),
        ('authenticated', 'app.hourly_stats', 'SELECT'),
        ('authenticated', 'app.stats_marks', 'SELECT'),
        ('authenticated', 'app.stats_progress', 'SELECT'),
        ('authenticated', 'app.calls (status)', 'UPDATE'),
        ('authenticated', 'app.calls (sale_amount)', 'UPDATE'),
        ('authenticated', 'app.calls (note)', 'UPDATE'),
        ('authenticated', 'app.calls (caller_phone)', 'UPDATE'),
        ('authenticated', 'app.calls (judged_action)', 'UPDATE'),
        ('authenticated', 'app.invitations (site_id)', 'SELECT'),
        ('authenticated', 'app.invitations (id)', 'SELECT'),
        ('authenticated', 'app.invitations (email)', 'SELECT'),
        ('authenticated', 'app.invitations (role)', 'SELECT'),
        ('authenticated', 'app.invitations (invited_by)', 'SELECT'),
        ('authenticated', 'app.invitations (created_at)', 'SELECT'),
        ('authenticated', 'app.invitations (expires_at)', 'SELECT'),
        ('authenticated', 'app.invitations (accepted_at)', 'SELECT'),
        ('authenticated', 'app.invitations (accepted_by)', 'SELECT'),
        ('authenticated', 'app.invitations (revoked_at)', 'SELECT')
        union all
        -- what the views in reporting are made of
        select distinct 'analyst', format('%s (%s)', our_table.name, attname), 'SELECT'
        from pg_rewrite
        join pg_class as shown on shown.oid = pg_rewrite.ev_class
        join our_schema on our_schema.oid = shown.relnamespace and our_schema.name = 'reporting'
        join pg_depend on pg_depend.classid = 'pg_rewrite'::regclass and pg_depend.objid = pg_rewrite.oid
            and pg_depend.refclassid = 'pg_class'::regclass
        join our_table on our_table.oid = pg_depend.refobjid
        join pg_attribute on attrelid = our_table.oid and attnum = pg_depend.refobjsubid and attnum > 0
    ),
    found as (
        select coalesce(nullif(grantee, 0)::regrole::text, 'PUBLIC') as grantee, name as relation, privilege_type as privilege
        from our_table cross join lateral aclexplode(relacl)
        union all
        select coalesce(nullif(grantee, 0)::regrole::text, 'PUBLIC'), format('%s (%s)', name, attname), privilege_type
        from our_table join pg_attribute on attrelid = our_table.oid cross join lateral aclexplode(attacl)
    )
    select 'granted, not on the list', found.* from found
    where grantee not in ('app_owner', 'app_definer')
        and (grantee, relation, privilege) not in (select * from expected)
    union all
    select 'on the list, not granted', expected.* from expected
    where (grantee, relation, privilege) not in (select * from found)
    $$,
    'beside app_owner and app_definer only these may touch tables'
);
select is_empty(
    $$
    select format('%s.%s', name, attname)
    from our_table join pg_attribute on attrelid = our_table.oid cross join lateral aclexplode(attacl)
    where grantee = 'analyst'::regrole
        and attname ~ '^(caller_phone|note|click_id|.*clid|[wg]braid|ip_prefix|metadata|undo_state|reference|hash|request_id|config|public_key)$'
    $$,
    'no view of analysts is made of personal data, click ids or what a page sends of its own'
);
select is_empty(
    $$
    select name, privilege_type from our_table cross join lateral aclexplode(relacl)
    where grantee = 'app_definer'::regrole and privilege_type not in ('SELECT', 'INSERT', 'UPDATE')
        and (name, privilege_type) not in (('ops.rate_buckets', 'DELETE'), ('app.site_members', 'DELETE'))
    $$,
    'definers delete nothing but rate buckets and members'
);

-- Splinter's rules (github.com/supabase/splinter) where they apply and are not above or below under another name

select is_empty(
    $$
    select polrelid::regclass, role::regrole, command, array_agg(polname)
    from pg_policy join our_table on our_table.oid = polrelid
    cross join unnest(polroles) as role
    cross join unnest(case polcmd when '*' then array['r', 'a', 'w', 'd'] else array[polcmd::text] end) as command
    where polpermissive
    group by 1, 2, 3 having count(*) > 1
    $$,
    'a role has one policy a command: two add up'
);
select is_empty(
    $$
    with granted (oid, role, privilege) as (
        select our_table.oid, grantee, privilege_type from our_table cross join lateral aclexplode(relacl)
        union
        select our_table.oid, grantee, privilege_type
        from our_table join pg_attribute on attrelid = our_table.oid cross join lateral aclexplode(attacl)
    ),
    allowed (oid, role, privilege) as (
        select polrelid, role, privilege from pg_policy
        cross join unnest(polroles) as role
        cross join lateral unnest(case polcmd
            when 'r' then array['SELECT'] when 'a' then array['INSERT'] when 'w' then array['UPDATE'] when 'd' then array['DELETE']
            else array['SELECT', 'INSERT', 'UPDATE', 'DELETE']
        end) as privilege
    )
    select 'granted, no policy', granted.oid::regclass, granted.role::regrole, granted.privilege
    from granted join our_table on our_table.oid = granted.oid
    where granted.role <> relowner and (granted.oid, granted.role, granted.privilege) not in (select * from allowed)
    union all
    select 'policy, nothing granted', polrelid::regclass, needed.role::regrole, polname::text
    from pg_policy join our_table on our_table.oid = polrelid cross join unnest(polroles) as needed (role)
    where not exists (
        select from granted join allowed using (oid, role, privilege) where granted.oid = polrelid and granted.role = needed.role
    )
    $$,
    'who is granted a table has a policy there, and the other way round'
);
select is_empty(
    $$
    select polrelid::regclass, polname from pg_policy join our_table on our_table.oid = polrelid
    where (pg_get_expr(polqual, polrelid) = 'true' or pg_get_expr(polwithcheck, polrelid) = 'true')
        and polroles <> array['app_definer'::regrole::oid]
        -- the pairs of the status machine, alike for everybody
        and polrelid <> 'app.call_transitions'::regclass
    $$,
    'only app_definer has policies that let everything through'
);
select is_empty(
    $$
    select polrelid::regclass, polname, pg_get_expr(polqual, polrelid) from pg_policy join our_table on our_table.oid = polrelid
    where 'analyst'::regrole = any (polroles)
        and pg_get_expr(polqual, polrelid) !~ '^\((site_)?id = ANY \(ARRAY\( SELECT access\.analyst_site_ids\(SESSION_USER\) AS analyst_site_ids\)\)\)$'
    $$,
    'policies of analysts are keyed on the login'
);
select is_empty(
    $$
    select polrelid::regclass, polname, expression
    from pg_policy
    join our_table on our_table.oid = polrelid
    cross join lateral (
        values (pg_get_expr(polqual, polrelid)), (pg_get_expr(polwithcheck, polrelid))
    ) as part (expression)
    where regexp_replace(expression, '\( SELECT [a-z_.]+\([^()]*\) AS [a-z_]+\)', '', 'g') ~ '[a-z_]\('
    $$,
    'policies call functions in a sub-select, once per query, and read no setting'
);
select is_empty(
    $$
    select indrelid::regclass, array_agg(indexrelid::regclass)
    from pg_index join our_table on our_table.oid = indrelid
    where not relispartition
    group by indrelid, regexp_replace(pg_get_indexdef(indexrelid), '^.* USING ', '') having count(*) > 1
    $$,
    'no two indexes are the same'
);
select is_empty(
    $$
    select extname, extnamespace::regnamespace from pg_extension
    where extnamespace in (select oid from our_schema) or extnamespace = 'public'::regnamespace
    $$,
    'extensions have schemas of their own'
);
select is_empty(
    $$
    select pg_class.oid::regclass::text from pg_class
    where relnamespace in ('api'::regnamespace, 'public'::regnamespace) and relkind not in ('c', 'i')
    union all
    select pg_proc.oid::regproc::text from pg_proc where pronamespace = 'public'::regnamespace
    $$,
    'schema api holds functions, schema public nothing'
);
select is_empty(
    $$
    select 'foreign table', pg_class.oid::regclass::text from pg_class join our_schema on our_schema.oid = relnamespace where relkind = 'f'
    union all
    select 'rule', rulename::text from pg_rewrite join our_table on our_table.oid = ev_class
    $$,
    'no foreign tables, which know no RLS, and no rules'
);
select is_empty(
    $$
    select name, attname, atttypid::regtype from our_table join pg_attribute on attrelid = our_table.oid
    where atttypid::regtype::text ~ '^reg' and atttypid not in ('regclass'::regtype, 'regrole'::regtype, 'regtype'::regtype)
    $$,
    'no column is of a type that pg_upgrade refuses'
);
select is_empty(
    $$
    select rolname, pg_class.oid::regclass, attname
    from our_role
    cross join pg_attribute join pg_class on pg_class.oid = attrelid join our_schema on our_schema.oid = relnamespace
    where rolname not in ('app_owner', 'app_definer') and relkind in ('r', 'p', 'v') and attnum > 0 and not attisdropped
        and attname ~ 'sha256|secret|bcrypt|password|token|salt'
        and has_column_privilege(our_role.oid, pg_class.oid, attnum, 'select')
    $$,
    'nobody but app_definer reads a secret, a digest or a token'
);

-- Keys and columns

select is_empty(
    $$
    select conrelid::regclass, conname
    from pg_constraint join our_table on our_table.oid = conrelid
    where contype = 'f' and not exists (
        select from pg_index
        where indrelid = conrelid and indpred is null and indisvalid
            and (indkey::smallint[])[0:cardinality(conkey) - 1] @> conkey
            and (indkey::smallint[])[0:cardinality(conkey) - 1] <@ conkey
    )
    $$,
    'every foreign key has an index that begins with its columns'
);
select is_empty(
    $$
    select conrelid::regclass, conname from pg_constraint join our_table on our_table.oid = conrelid
    where contype = 'f' and confdeltype = 'a'
    $$,
    'every foreign key says what happens on delete'
);
select is_empty(
    $$select typname from pg_type join our_schema on our_schema.oid = typnamespace where typtype = 'e'$$,
    'no enums: enum_eq is not leakproof, under RLS it is never an index condition'
);
select is_empty(
    $$
    select tgrelid::regclass, tgname from pg_trigger join our_table on our_table.oid = tgrelid
    where not tgisinternal and not relispartition and tgname !~ ('^' || relname || '_[0-9]{2}_[a-z_]+$')
    $$,
    'triggers are named so that their order shows'
);
select is_empty(
    $$
    select name from our_table where not relispartition and not exists (
        select from pg_index where indrelid = our_table.oid and indisunique and indpred is null
    )
    $$,
    'every table has a key'
);

-- A deploy replaces functions and looks at no row: what an old one has computed would stay beside what the new one says.
select is_empty(
    $$
    select pg_describe_object(pg_depend.classid, pg_depend.objid, pg_depend.objsubid), our_function.signature
    from pg_depend
    join our_function on our_function.oid = pg_depend.refobjid and pg_depend.refclassid = 'pg_proc'::regclass
    left join pg_attrdef on pg_depend.classid = 'pg_attrdef'::regclass and pg_attrdef.oid = pg_depend.objid
    left join pg_attribute on attrelid = adrelid and attnum = adnum
    left join pg_class on pg_depend.classid = 'pg_class'::regclass and pg_class.oid = pg_depend.objid
    where pg_depend.classid in ('pg_constraint'::regclass, 'pg_statistic_ext'::regclass)
        or relkind in ('i', 'I', 'p') or attgenerated <> ''
    $$,
    'no index, key of partitions, check or generated column is computed by a function of ours'
);

-- Functions

select is_empty(
    $$
    with allowed (name) as (
        values
        -- who is asking: read memberships that the asker can not
        ('access.user_id'), ('access.is_admin'), ('access.site_ids'), ('access.analyst_site_ids'), ('access.check_request'),
        -- the key of the analysts' pseudonyms, which stands among the secrets
        ('access.pseudonym_salt'),
        ('access.role_on'), ('access.site_of_card'), ('access.people'), ('access.site_refusals'), ('api.admin_sites_list'),
        ('api.open_support_access'), ('api.close_support_access'),
        -- triggers that write where operators have no grant
        ('access.tg_calls__audit'), ('access.tg_site_members__audit'), ('app.tg_calls__conversion'),
        ('app.tg_calls__mark'),
        -- operators' writes where they have no grant; each checks membership itself
        ('access.write_deleted_at'), ('api.create_call'), ('access.archived_site_ids'), ('api.archived_sites'),
        ('api.create_site'), ('api.update_site'), ('api.archive_site'), ('api.restore_site'),
        ('api.auto_approve_stale_intents'), ('api.site_usage'),
        -- people and their log-ins: nobody has a grant on them
        ('api.invite_member'), ('api.revoke_invitation'), ('api.set_member_role'), ('api.remove_member'),
        ('api.transfer_ownership'), ('api.change_password'), ('api.logins'), ('api.revoke_login'), ('api.update_profile'),
        ('api.sign_in'),
        ('api.erase_person'), ('api.export_person'),
        ('api.create_api_key'), ('api.api_keys'), ('api.revoke_api_key'), ('api.rotate_call_secret'), ('api.promote_call_secret'),
        -- doors for people without a token
        ('api.accept_invite'), ('api.request_password_reset'), ('api.reset_password'), ('api.key_login'), ('api.call_event'),
        ('api.sync'), ('api.login'), ('api.refresh_token'), ('api.logout'), ('api.health'),
        ('api."conversions.csv"'), ('api."adjustments.csv"'), ('api."core.js"')
    ),
    found as (
        select schema_name || '.' || quote_ident(proname) as name from our_function where prosecdef
    )
    select name, 'definer, not on the list' from found where name not in (select * from allowed)
    union all
    select name, 'on the list, no definer' from allowed where name not in (select * from found)
    $$,
    'security definer functions are those on the list'
);
select is_empty(
    $$select signature, proowner::regrole from our_function where prosecdef and proowner <> 'app_definer'::regrole$$,
    'definers are owned by app_definer'
);
select is_empty(
    $$select signature, proowner::regrole from our_function where not prosecdef and proowner <> 'app_owner'::regrole$$,
    'all other functions are owned by app_owner'
);
select is_empty(
    $$
    select signature from our_function
    where not coalesce('search_path=""' = any (proconfig), false) and prosqlbody is null
        -- Commits, which a procedure with settings may not: every name in it is qualified.
        and name <> 'ops.run_job'
        and name not in (select * from inside_sync)
    $$,
    'every function pins an empty search_path or is bound at creation'
);
select is_empty(
    $$
    select name, 'pins a path, or is none' from inside_sync
    where name not in (select name from our_function where proconfig is null and not prosecdef)
    union all
    select our_function.name, 'executable by ' || grantee::regrole
    from our_function join inside_sync on inside_sync.name = our_function.name cross join lateral aclexplode(proacl)
    where grantee not in ('app_owner'::regrole, 'app_definer'::regrole)
    $$,
    'what runs inside the pins of api.sync is for app_definer alone'
);
select is_empty(
    $$
    select signature from our_function
    where proacl is null or exists (select from aclexplode(proacl) where grantee = 0)
    $$,
    'nothing is executable by PUBLIC'
);
select is_empty(
    $$select name, count(*) from our_function group by name having count(*) > 1$$,
    'no overloads'
);
select is_empty(
    $$select signature from our_function where proname ~ '_v[0-9]+$'$$,
    'no versions in names'
);
select is_empty(
    $$
    select signature from our_function
    where (schema_name = 'app' and prosrc ~ '\m(api|access)\.') or (schema_name = 'access' and prosrc ~ '\mapi\.')
    $$,
    'dependencies point one way: api to access to app'
);
select is_empty(
    $$
    select signature, grantee::regrole
    from our_function cross join lateral aclexplode(proacl)
    where grantee in ('anon'::regrole, 'service_role'::regrole, 'monitor'::regrole)
        and name not in (
            'access.check_request', 'api.sync', 'api.login', 'api.refresh_token', 'api.logout', 'api.health',
            'api.contract_version', 'api.conversions.csv', 'api.adjustments.csv', 'api.core.js',
            'api.accept_invite', 'api.request_password_reset', 'api.reset_password', 'api.key_login', 'api.call_event'
        )
    $$,
    'without a person''s token only these functions may be called'
);
select is_empty(
    $$
    select relname from pg_class join our_schema on our_schema.oid = relnamespace
    where relkind = 'v' and not coalesce(reloptions @> '{security_invoker=true}' or reloptions @> '{security_invoker=on}', false)
    $$,
    'views are security invoker'
);
select is_empty(
    $$select relname from pg_class join our_schema on our_schema.oid = relnamespace where relkind = 'm'$$,
    'no materialized views: RLS does not reach into them'
);

-- Roles and schemas

select is_empty(
    $$select rolname from our_role where rolbypassrls or rolsuper or rolcreaterole or rolcreatedb or rolreplication$$,
    'no role of ours passes by RLS or makes roles and databases'
);
select is_empty(
    $$select rolname from our_role where rolcanlogin <> (rolname = 'authenticator')$$,
    'only authenticator logs in'
);
select is_empty(
    $$select rolname from our_role where rolinherit$$,
    'no role of ours inherits'
);
select is_empty(
    $$
    with expected (member, role) as (
        values
        ('authenticator', 'anon'), ('authenticator', 'authenticated'), ('authenticator', 'service_role'), ('authenticator', 'monitor'),
        ('app_owner', 'app_definer')
    ),
    found as (
        select member::regrole::text as member, roleid::regrole::text as role from pg_auth_members
        where member in (select oid from our_role)
    )
    (select * from found except select * from expected) union all (select * from expected except select * from found)
    $$,
    'authenticator becomes exactly anon, authenticated, service_role and monitor'
);
select is_empty(
    $$select oid::regclass from pg_class where relowner = 'app_definer'::regrole$$,
    'app_definer owns no relation'
);
select is_empty(
    $$select name, relowner::regrole from our_table where relowner <> 'app_owner'::regrole$$,
    'app_owner owns every table'
);
select is_empty(
    $$
    select oid::regtype, typowner::regrole from pg_type
    where typnamespace = 'app'::regnamespace and typowner <> 'app_owner'::regrole
    $$,
    'app_owner owns every type'
);
select is_empty(
    $$
    with expected (role, schema_name) as (
        values
        ('anon', 'access'), ('anon', 'api'),
        ('authenticated', 'app'), ('authenticated', 'access'), ('authenticated', 'api'),
        ('service_role', 'access'), ('service_role', 'api'),
        ('monitor', 'access'), ('monitor', 'api'),
        ('analyst', 'reporting'),
        ('app_definer', 'app'), ('app_definer', 'access'), ('app_definer', 'ops'), ('app_definer', 'extensions')
    ),
    found as (
        select rolname::text as role, nspname::text as schema_name
        from our_role cross join pg_namespace
        where rolname <> 'app_owner'
            and nspname in ('app', 'access', 'ops', 'api', 'reporting', 'extensions', 'partman', 'public')
            and has_schema_privilege(our_role.oid, pg_namespace.oid, 'usage')
    )
    (select 'too much', found.* from found except select 'too much', expected.* from expected)
    union all
    (select 'missing', expected.* from expected except select 'missing', found.* from found)
    $$,
    'each role reaches just its schemas: nobody of the web ops, extensions or partman'
);
select is_empty(
    $$
    select nspname, rolname from our_role cross join pg_namespace
    where rolname <> 'app_owner' and has_schema_privilege(our_role.oid, pg_namespace.oid, 'create')
        and nspname in ('app', 'access', 'ops', 'api', 'reporting', 'extensions', 'partman', 'public')
    $$,
    'nobody but app_owner makes objects'
);

-- Comments

select is_empty(
    $$
    select 'schema', nspname::text from pg_namespace
    where nspname in ('app', 'access', 'ops', 'api', 'reporting', 'extensions', 'partman')
        and obj_description(oid, 'pg_namespace') is null
    union all
    select 'table', name from our_table where not relispartition and obj_description(oid, 'pg_class') is null
    union all
    select 'column', format('%s.%s', name, attname)
    from our_table join pg_attribute on attrelid = our_table.oid
    where not relispartition and attnum > 0 and not attisdropped and col_description(our_table.oid, attnum) is null
    union all
    select 'view column', format('%s.%s', relname, attname)
    from pg_class join our_schema on our_schema.oid = relnamespace join pg_attribute on attrelid = pg_class.oid
    where relkind = 'v' and attnum > 0 and not attisdropped and col_description(pg_class.oid, attnum) is null
    union all
    select 'view', relname from pg_class join our_schema on our_schema.oid = relnamespace
    where relkind = 'v' and obj_description(pg_class.oid, 'pg_class') is null
    union all
    select 'function', signature from our_function where obj_description(oid, 'pg_proc') is null
    union all
    select 'type', pg_type.oid::regtype::text
    from pg_type join our_schema on our_schema.oid = typnamespace left join pg_class on pg_class.oid = typrelid
    where (typtype = 'd' or relkind = 'c') and obj_description(pg_type.oid, 'pg_type') is null
    union all
    select 'role', rolname::text from our_role where shobj_description(oid, 'pg_authid') is null
    $$,
    'everything has a comment'
);

-- What only shows when it is done

set local role app_owner;
create function app.made_just_now() returns integer language sql set search_path = '' return 1;
create table app.made_just_now (site_id uuid);
reset role;
grant usage on schema app to anon;
select tap.become_role('anon');
select throws_ok('select app.made_just_now()', '42501', null, 'a new function of app_owner is closed to everybody');
select throws_ok('select * from app.made_just_now', '42501', null, 'a new table of app_owner is closed to everybody');
select tap.become_nobody();

select tap.make_everyone();
create temporary table plan (said jsonb);
grant insert on plan to authenticated;
select tap.become('viewer');
insert into plan select tap.plan_of('select * from app.calls where status = ''intent''');
select tap.become_nobody();
select matches(said::text, '"Parent Relationship": "InitPlan"', 'membership is asked once per query, not once per row') from plan;
select is_empty(
    $$
    select condition from plan
    cross join lateral jsonb_path_query(said, '$.**.Filter') as condition
    where condition::text ~ 'access\.'
    $$,
    'no row filter of app.calls calls a function'
);

select * from finish();
rollback;
