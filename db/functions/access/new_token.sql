create function access.new_token() returns text
language sql
volatile
set search_path = ''
return access.base64url(extensions.gen_random_bytes(32));

comment on function access.new_token() is 'A secret of 256 bits, fit for a link.';
grant execute on function access.new_token() to app_definer;
