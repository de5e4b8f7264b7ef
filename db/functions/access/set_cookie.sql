create function access.set_cookie(name text, value text, path text, max_age integer) returns jsonb
language sql
stable
set search_path = ''
as $$
    select jsonb_build_object('Set-Cookie', format(
        '__Secure-%s=%s; Path=%s%s; Max-Age=%s; HttpOnly; Secure; SameSite=Strict',
        name, value, settings.rpc_path, path, max_age
    ))
    from ops.settings;
$$;

comment on function access.set_cookie(text, text, text, integer) is
'A response header that gives the browser a cookie for one function only, which no script reads and '
'no other site sends.';
grant execute on function access.set_cookie(text, text, text, integer) to app_definer;
