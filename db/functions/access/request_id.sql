create function access.request_id() returns text
language sql
stable
set search_path = ''
as $$
    select substring(access.header('x-request-id') from '^[A-Za-z0-9._:-]{1,64}$');
$$;

comment on function access.request_id() is
'x-request-id of the request where it is well-formed: carried into bad rows and the audit log.';
grant execute on function access.request_id() to app_definer, authenticated;
