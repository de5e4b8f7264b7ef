create function access.check_external(claims jsonb) returns void
language plpgsql
stable
set search_path = ''
as $$
declare
    v_part text := split_part(regexp_replace(access.header('authorization'), '^bearer +', '', 'i'), '.', 1);
    v_head jsonb := convert_from(decode(
        translate(v_part, '-_', '+/') || repeat('=', (4 - length(v_part) % 4) % 4), 'base64'
    ), 'UTF8')::jsonb;
begin
    if jsonb_typeof(claims -> 'iat') is distinct from 'number'
        or (claims ->> 'exp')::numeric - (claims ->> 'iat')::numeric not between 0 and 86400
        or length(claims ->> 'sub') not between 1 and 255 then
        raise sqlstate 'PT401' using
            message = 'token_incomplete',
            detail = 'A token of another issuer needs sub (1-255 characters) and iat, and ends within a day of it.',
            hint = 'Log in again.';
    end if;
    -- PostgREST has verified the signature, with any key of its set. A key that the issuer took back is refused from
    -- this moment on, also while PostgREST has not read the new set yet.
    if not exists (
        select from access.issuers
        cross join lateral jsonb_array_elements(issuers.keys) as key (said)
        where issuers.iss = claims ->> 'iss'
            and key.said -> 'kid' = v_head -> 'kid' and key.said -> 'alg' = v_head -> 'alg'
    ) then
        raise sqlstate 'PT401' using
            message = 'issuer_not_allowed',
            detail = 'The token names no key of its issuer.',
            hint = 'Log in again.';
    end if;
    if exists (
        select from access.identities
        join app.profiles on profiles.id = identities.user_id
        where identities.iss = claims ->> 'iss' and identities.sub = claims ->> 'sub'
            and profiles.disabled_at is not null
    ) then
        raise sqlstate 'PT403' using
            message = 'account_disabled',
            detail = 'This account was disabled here.',
            hint = 'Ask the operator of this installation.';
    end if;
end;
$$;

comment on function access.check_external(jsonb) is
'What a token of an external issuer must be beside what access.check_request asks of all. Raises '
'PT401 token_incomplete, issuer_not_allowed, PT403 account_disabled.';
grant execute on function access.check_external(jsonb) to app_definer;
