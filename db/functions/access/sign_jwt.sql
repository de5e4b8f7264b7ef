create function access.sign_jwt(claims jsonb) returns text
language plpgsql
stable
set search_path = ''
as $$
declare
    v_key text;
    v_input text := access.base64url(convert_to('{"alg":"HS256","typ":"JWT"}', 'UTF8')) || '.'
        || access.base64url(convert_to(claims::text, 'UTF8'));
begin
    select secrets.value into v_key from access.secrets where secrets.name = 'jwt';
    if v_key is null then
        raise sqlstate 'PT500' using
            message = 'jwt_secret_missing',
            detail = 'The database was not given the key that PostgREST verifies with.',
            hint = 'Run pyctl up.';
    end if;
    return v_input || '.' || access.base64url(extensions.hmac(v_input::bytea, convert_to(v_key, 'UTF8'), 'sha256'));
end;
$$;

comment on function access.sign_jwt(jsonb) is 'A token of the built-in issuer, HS256. Raises PT500 jwt_secret_missing.';
grant execute on function access.sign_jwt(jsonb) to app_definer;
