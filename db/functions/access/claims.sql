create function access.claims() returns jsonb
language sql
stable
-- Becomes part of the caller's plan, which is kept.
return nullif(current_setting('request.jwt.claims', true), '')::jsonb;

comment on function access.claims() is
'Claims of the request''s token as PostgREST verified them; null outside a request.';
grant execute on function access.claims() to app_definer;
