create function access.base64url(data bytea) returns text
language sql
immutable
parallel safe
return translate(encode(data, 'base64'), E'+/=\n', '-_');

comment on function access.base64url(bytea) is 'RFC 4648 base64url without padding.';
grant execute on function access.base64url(bytea) to app_definer;
