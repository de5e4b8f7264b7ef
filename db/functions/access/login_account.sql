create function access.login_account(email text) returns text
language sql
immutable
set search_path = ''
return encode(sha256(convert_to(coalesce(lower(btrim(email)), ''), 'UTF8')), 'hex');

comment on function access.login_account(text) is 'Names an account in throttles without naming its address.';
grant execute on function access.login_account(text) to app_definer;
