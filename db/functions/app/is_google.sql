create function app.is_google(host text) returns boolean
language sql
immutable
parallel safe
return coalesce(host ~ '^(.+\.)?google\.(com|[a-z]{2}|com?\.[a-z]{2})$', false);

comment on function app.is_google(text) is 'Whether a host is a Google search domain of any country.';
grant execute on function app.is_google(text) to app_definer;
