create function access.digest(secret text) returns bytea
language sql
immutable
set search_path = ''
return sha256(convert_to(coalesce(secret, ''), 'UTF8'));

comment on function access.digest(text) is 'What is kept of a token.';
grant execute on function access.digest(text) to app_definer;
