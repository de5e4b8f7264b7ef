create schema extensions;
create schema partman;
create schema app authorization app_owner;
create schema access authorization app_owner;
create schema ops authorization app_owner;

comment on schema app is 'Tables, types and trigger functions. Never exposed.';
comment on schema access is 'Who is asking: identities, credentials, the pre-request. Never exposed.';
comment on schema ops is 'Deploys, jobs, bad rows, rate buckets, health. Never exposed.';
comment on schema extensions is 'Extensions that need no schema of their own.';
comment on schema partman is 'pg_partman and its configuration.';

create extension pgcrypto with schema extensions;
create extension pg_partman with schema partman;

-- The global form: a per-schema entry can only add to what PUBLIC holds, never take from it.
alter default privileges for role app_owner revoke execute on functions from public;
alter default privileges for role app_owner revoke usage on types from public;

revoke all on schema public from public;

-- A temporary object can stand in front of a catalogue name in a careless search_path.
do $$
begin
    execute pg_catalog.format(
        'revoke temporary on database %I from public', pg_catalog.current_database()
    );
end;
$$;

grant usage on schema extensions to app_owner, app_definer;
grant all on schema partman to app_owner;
grant all on all tables in schema partman to app_owner;
grant execute on all functions in schema partman to app_owner;
grant execute on all procedures in schema partman to app_owner;

-- The schema of a definer's body must be reachable by its owner; what it may do there each object says.
grant usage on schema app, access, ops to app_definer;
grant usage on schema app, access to authenticated;
-- The pre-request runs as the role of the token.
grant usage on schema access to anon, service_role, monitor;

-- Advisory locks are how requests and jobs take turns: a login with SQL, such as an analyst's, could hold one and stop
-- everybody. Large objects fill the disk past every grant.
do $$
declare
    v_function regprocedure;
begin
    for v_function in
        select oid from pg_catalog.pg_proc
        where pronamespace = 'pg_catalog'::regnamespace and proname ~ '(_advisory_|^lo_|^lowrite$|^loread$)'
    loop
        execute pg_catalog.format('revoke execute on function %s from public', v_function);
        if v_function::text ~ '_advisory_' then
            execute pg_catalog.format(
                'grant execute on function %s to app_owner, app_definer, authenticated', v_function
            );
        end if;
    end loop;
end;
$$;
