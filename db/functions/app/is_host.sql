create function app.is_host(host text) returns boolean
language sql
immutable
parallel safe
-- A single label would let in everything below it: com is no site. localhost is where one tries things.
return coalesce(
    length(host) <= 253 and (host = 'localhost' or host ~ '^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$'),
    false
);

comment on function app.is_host(text) is 'Whether it is a host name: lower case, with a dot, without scheme, port or path.';
grant execute on function app.is_host(text) to app_definer;
