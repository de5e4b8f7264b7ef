-- Roles belong to the cluster, not to the database: a second database on it finds them already there.
do $$
declare
    v_role text;
begin
    foreach v_role in array array[
        'app_owner', 'app_definer', 'anon', 'authenticated', 'service_role', 'monitor', 'analyst'
    ] loop
        if not exists (select from pg_catalog.pg_roles where rolname = v_role) then
            execute pg_catalog.format('create role %I nologin noinherit', v_role);
        end if;
    end loop;
    if not exists (select from pg_catalog.pg_roles where rolname = 'authenticator') then
        create role authenticator login noinherit;
    end if;
end;
$$;

comment on role app_owner is 'Owns schemas, tables and invoker functions. Nobody logs in as it.';
comment on role app_definer is 'Owns the security definer functions. Owns no table, has just the grants they need.';
comment on role authenticator is 'PostgREST logs in as this and switches to the role of the token.';
comment on role anon is 'A request without a token: the tracker, the feed, the log-in.';
comment on role authenticated is 'A person with a token. What they see is decided by app.site_members.';
comment on role service_role is 'Server to server. No BYPASSRLS.';
comment on role monitor is 'Health in detail, nothing else.';
comment on role analyst is 'Group of the logins that read schema reporting by direct SQL.';

-- app_definer's functions are replaced by a deploy that runs as app_owner.
grant app_definer to app_owner;
grant anon to authenticator;
grant authenticated to authenticator;
grant service_role to authenticator;
grant "monitor" to authenticator;

alter role anon set statement_timeout = '3s';
alter role authenticated set statement_timeout = '10s';
alter role service_role set statement_timeout = '10s';
alter role monitor set statement_timeout = '3s';
alter role authenticator set statement_timeout = '10s';
alter role authenticator set idle_in_transaction_session_timeout = '30s';
