create function app.host_in(host text, domains text[]) returns boolean
language sql
immutable
parallel safe
return exists (
    select from unnest(domains) as domain
    where host = domain or right(host, length(domain) + 1) = '.' || domain
);

comment on function app.host_in(text, text[]) is
'Whether a host is one of the domains or below one. Matched as a host: netflix.com is not x.com.';
grant execute on function app.host_in(text, text[]) to app_definer;
