create function access.refuse(status integer, headers jsonb default '[]') returns void
language sql
volatile
set search_path = ''
as $$
    select
        set_config('response.status', status::text, true),
        set_config('response.headers', headers::text, true);
$$;

comment on function access.refuse(integer, jsonb) is 'Sets the HTTP status and headers of an answer whose trace must stay: a raise would undo it.';
grant execute on function access.refuse(integer, jsonb) to app_definer, authenticated;
