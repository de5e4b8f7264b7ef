-- One mistake each; the line above it is the rule of db/tests/house.sql that must catch it, and whom it must name.

--: every table and every partition has row level security: app.open_table
create table app.open_table (site_id uuid);

--: every table and every partition has row level security: sessions_default
alter table app.sessions_default disable row level security;

--: partitions have no grants and no policies: events_default
grant select on app.events_default to authenticated;

--: partitions have no grants and no policies: peep
create policy peep on app.events_default for select to authenticated using (true);

--: every policy names its roles: everybody
create policy everybody on app.calls for select using (site_id is null);

--: policies of tenants use the array form of access.site_ids: per_row
create policy per_row on app.calls for select to authenticated using (site_id in (select access.site_ids('viewer')));

--: policies of tenants use the array form of access.site_ids: true
alter policy update_editor on app.calls with check (true);

--: beside app_owner and app_definer only these may touch tables: app.calls (version)
grant update (version) on app.calls to authenticated;

--: beside app_owner and app_definer only these may touch tables: anon
grant select on app.sites to anon;

--: beside app_owner and app_definer only these may touch tables: PUBLIC
grant select on ops.health to public;

--: beside app_owner and app_definer only these may touch tables: app.profiles
revoke select on app.profiles from authenticated;

--: beside app_owner and app_definer only these may touch tables: app.sessions (screen_width)
grant select (screen_width) on app.sessions to analyst;

--: no view of analysts is made of personal data, click ids or what a page sends of its own: app.calls.note
grant select (note) on app.calls to analyst;

--: definers delete nothing but rate buckets and members: app.calls
grant delete on app.calls to app_definer;

--: a role has one policy a command: select_boss
create policy select_boss on app.sites for select to authenticated using (id = any (array(select access.site_ids('owner'))));

--: who is granted a table has a policy there, and the other way round: ops.jobs
grant select on ops.jobs to app_definer;

--: who is granted a table has a policy there, and the other way round: select_idle
create policy select_idle on app.profiles for select to monitor using (id is null);

--: only app_definer has policies that let everything through: select_all
create policy select_all on app.site_members for select to authenticated using (true);

--: only app_definer has policies that let everything through: update_editor
alter policy update_editor on app.calls with check (true);

--: policies of analysts are keyed on the login: select_analyst
alter policy select_analyst on app.calls using (site_id = any (array(select access.site_ids('viewer'))));

--: policies call functions in a sub-select, once per query, and read no setting: select_self
alter policy select_self on app.profiles using (id = access.user_id());

--: policies call functions in a sub-select, once per query, and read no setting: current_setting
alter policy select_self on app.profiles using (email = current_setting('request.jwt.claims', true));

--: no two indexes are the same: another_idx
create index another_idx on app.invitations (invited_by);

--: extensions have schemas of their own: pgcrypto
alter extension pgcrypto set schema public;

--: schema api holds functions, schema public nothing: api.open_calls
create view api.open_calls with (security_invoker = true) as select * from app.calls;

--: schema api holds functions, schema public nothing: helper
create function public.helper() returns integer language sql set search_path = '' return 1;

--: no foreign tables, which know no RLS, and no rules: app.elsewhere
create foreign data wrapper nothing;
create server nowhere foreign data wrapper nothing;
create foreign table app.elsewhere (site_id uuid) server nowhere;

--: no foreign tables, which know no RLS, and no rules: sly
create rule sly as on insert to app.calls do also delete from app.sessions;

--: no column is of a type that pg_upgrade refuses: handler
alter table ops.jobs add column handler regproc;

--: nobody but app_definer reads a secret, a digest or a token: token_sha256
grant select (token_sha256) on app.invitations to authenticated;

--: every foreign key has an index that begins with its columns: invitations_invited_by_fkey
drop index app.invitations_invited_by_idx;

--: every foreign key says what happens on delete: shrug
alter table app.invitations add constraint shrug foreign key (invited_by) references app.profiles (id);

--: no enums: colour
create type app.colour as enum ('red', 'green');

--: triggers are named so that their order shows: whenever
create trigger whenever before update on app.sites for each row execute function app.tg__touch();

--: every table has a key: app.heap
create table app.heap (site_id uuid);

--: security definer functions are those on the list: access.claims
alter function access.claims() security definer;

--: security definer functions are those on the list: api.health
alter function api.health() security invoker;

--: definers are owned by app_definer: app_owner
alter function access.is_admin() owner to app_owner;

--: all other functions are owned by app_owner: postgres
create function app.loose() returns integer language sql set search_path = '' return 1;

--: every function pins an empty search_path or is bound at creation: access.header
alter function access.header(text) reset search_path;

--: every function pins an empty search_path or is bound at creation: access.site_ids
alter function access.site_ids(text) set search_path = app, access;

--: what runs inside the pins of api.sync is for app_definer alone: executable by authenticated
grant execute on function ops.ingest(text) to authenticated;

--: what runs inside the pins of api.sync is for app_definer alone: pins a path
alter function ops.ingest(text) set search_path = '';

--: nothing is executable by PUBLIC: seal
grant execute on function api.seal(uuid, numeric, text, integer, text) to public;

--: nothing is executable by PUBLIC: app.forgotten
create function app.forgotten() returns integer language sql set search_path = '' return 1;

--: no overloads: api.junk
create function api.junk(call_id uuid) returns integer language sql set search_path = '' return 1;

--: no versions in names: seal_v2
create function api.seal_v2() returns integer language sql set search_path = '' return 1;

--: dependencies point one way: app.upward
create function app.upward() returns bigint language sql set search_path = '' as 'select count(*) from api.sites()';

--: without a person's token only these functions may be called: seal
grant execute on function api.seal(uuid, numeric, text, integer, text) to anon;

--: views are security invoker: all_calls
create view api.all_calls as select * from app.calls;

--: no materialized views: frozen
create materialized view reporting.frozen as select * from app.calls;

--: no role of ours passes by RLS or makes roles and databases: service_role
alter role service_role bypassrls;

--: only authenticator logs in: app_definer
alter role app_definer login;

--: no role of ours inherits: authenticator
alter role authenticator inherit;

--: authenticator becomes exactly anon, authenticated, service_role and monitor: app_owner
grant app_owner to authenticator;

--: app_definer owns no relation: call_transitions
alter table app.call_transitions owner to app_definer;

--: app_owner owns every table: profiles
alter table app.profiles owner to postgres;

--: app_owner owns every type: counter
alter domain app.counter owner to postgres;

--: each role reaches just its schemas: ops
grant usage on schema ops to anon;

--: each role reaches just its schemas: extensions
grant usage on schema extensions to public;

--: nobody but app_owner makes objects: public
grant create on schema public to public;

--: everything has a comment: app.sites.domain
comment on column app.sites.domain is null;

--: everything has a comment: sales.amount
comment on column reporting.sales.amount is null;

--: everything has a comment: access.user_id
comment on function access.user_id() is null;

--: everything has a comment: app.sale
comment on type app.sale is null;

--: everything has a comment: monitor
comment on role monitor is null;

--: a new function of app_owner is closed to everybody: 42501
alter default privileges for role app_owner grant execute on functions to public;

--: a new table of app_owner is closed to everybody: 42501
alter default privileges for role app_owner grant select on tables to public;

--: membership is asked once per query, not once per row: InitPlan
alter policy select_member on app.calls using (exists (select from access.site_ids('viewer') as id where id = site_id));

--: no row filter of app.calls calls a function: is_admin
create policy or_admin on app.calls for select to authenticated using (access.is_admin());

--: no index, key of partitions, check or generated column is computed by a function of ours: calls_money
create index calls_money on app.calls (app.is_currency(currency));

--: no index, key of partitions, check or generated column is computed by a function of ours: calls_currency
alter table app.calls add constraint calls_currency check (app.is_currency(currency));

--: no index, key of partitions, check or generated column is computed by a function of ours: currency_name
create domain app.currency_name as text constraint currency_name check (app.is_currency(value));

--: no index, key of partitions, check or generated column is computed by a function of ours: proof
alter table app.calls add column proof boolean generated always as (app.is_currency(currency)) stored;
