create schema api;

comment on schema api is
'OpsMantik: from an ad click to a sealed sale. Every function is POST /rpc/<name> with its '
'arguments as JSON; those that only read also answer GET.';
grant usage on schema api to anon, authenticated, service_role, monitor;

-- PostgREST's any-handler: a function that returns this answers any Accept and names its own Content-Type.
create domain api."*/*" as text;

comment on domain api."*/*" is 'Raw body of a function that names its own media type.';
