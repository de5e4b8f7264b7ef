create function access.header(name text) returns text
language plpgsql
stable
set search_path = ''
as $$
begin
    return nullif(current_setting('request.headers', true), '')::json ->> lower(name);
end;
$$;

comment on function access.header(text) is
'A request header; null where it is missing or there is no request. Never log the whole set: it '
'holds Authorization.';
grant execute on function access.header(text) to app_definer, authenticated;
