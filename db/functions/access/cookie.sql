create function access.cookie(name text) returns text
language plpgsql
stable
set search_path = ''
as $$
begin
    return nullif(current_setting('request.cookies', true), '')::json ->> name;
end;
$$;

comment on function access.cookie(text) is 'A cookie of the request; null where it is missing or there is no request.';
grant execute on function access.cookie(text) to app_definer;
