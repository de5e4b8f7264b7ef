create function app.url_host(url text) returns text
language sql
immutable
parallel safe
return lower(substring(url from '^[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?([^/?#:@]+)'));

comment on function app.url_host(text) is
'Host of an absolute URL, lower case, without port; null where there is none.';
grant execute on function app.url_host(text) to app_definer;
