create function access.is_own_token(claims jsonb) returns boolean
language plpgsql
stable
set search_path = ''
as $$
declare
    -- Our header to the letter, so that no second "alg" in it is read otherwise here than there.
    v_said text[] := regexp_match(
        access.header('authorization'),
        '^[Bb]earer +(eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9[.]([A-Za-z0-9_-]+))[.]([A-Za-z0-9_-]{43})$'
    );
begin
    return coalesce(
        exists (
            select from access.secrets
            where secrets.name in ('jwt', 'jwt_previous') and v_said[3]
                = access.base64url(extensions.hmac(v_said[1]::bytea, convert_to(secrets.value, 'UTF8'), 'sha256'))
        )
        and convert_from(decode(
            translate(v_said[2], '-_', '+/') || repeat('=', (4 - length(v_said[2]) % 4) % 4), 'base64'
        ), 'UTF8')::jsonb = claims,
        false
    );
end;
$$;

comment on function access.is_own_token(jsonb) is
'Whether these claims stand in a token that our own secret signed, or the one before it. PostgREST tries every key of '
'its set, and of two Authorization headers it verifies one and hands on the other.';
grant execute on function access.is_own_token(jsonb) to app_definer;
