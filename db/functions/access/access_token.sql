create function access.access_token(user_id uuid, login_id uuid, seconds integer) returns text
language sql
stable
set search_path = ''
as $$
    select access.sign_jwt(jsonb_build_object(
        'iss', 'opsmantik', 'aud', 'opsmantik', 'role', 'authenticated', 'sub', user_id, 'sid', login_id,
        'iat', floor(extract(epoch from now())), 'exp', floor(extract(epoch from now())) + seconds
    ));
$$;

comment on function access.access_token(uuid, uuid, integer) is 'The token of a log-in.';
grant execute on function access.access_token(uuid, uuid, integer) to app_definer;
