create function access.claims() returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
    return nullif(current_setting('request.jwt.claims', true), '')::jsonb;
end;
$$;

comment on function access.claims() is
'Claims of the request''s token as PostgREST verified them; null outside a request.';
grant execute on function access.claims() to app_definer;
