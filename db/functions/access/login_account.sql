create function access.login_account(email text) returns text
language sql
immutable
set search_path = ''
-- An address has at most 254 characters: of a long text only the beginning is worked on.
return encode(sha256(convert_to(coalesce(lower(btrim(left(email, 1000))), ''), 'UTF8')), 'hex');

comment on function access.login_account(text) is 'Names an account in throttles without naming its address.';
grant execute on function access.login_account(text) to app_definer;
