create function access.refuse(status integer, headers jsonb default '[]') returns void
language plpgsql
set search_path = ''
as $$
begin
    perform set_config('response.status', status::text, true);
    perform set_config('response.headers', headers::text, true);
end;
$$;

comment on function access.refuse(integer, jsonb) is
'Sets the HTTP status and headers of an answer whose trace must stay: a raise would undo it.';
grant execute on function access.refuse(integer, jsonb) to app_definer, authenticated;
