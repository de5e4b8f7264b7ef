create function access.check_request() returns void
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
    v_claims jsonb := access.claims();
    v_now numeric := extract(epoch from now());
    v_id uuid;
begin
    if v_claims is null or v_claims = '{"role": "anon"}' then
        -- "Bearer " with nothing behind it reaches us as anon; whoever sent it believes to be logged in.
        if access.header('authorization') ~* '^bearer' then
            raise sqlstate 'PT401' using message = 'token_missing',
                hint = 'Send Authorization: Bearer <token>, or no such header.';
        end if;
        return;
    end if;
    if jsonb_typeof(v_claims -> 'iss') is distinct from 'string'
        or jsonb_typeof(v_claims -> 'sub') is distinct from 'string'
        or jsonb_typeof(v_claims -> 'exp') is distinct from 'number' then
        raise sqlstate 'PT401' using
            message = 'token_incomplete',
            detail = 'A token needs iss, sub and exp.',
            hint = 'Log in again.';
    end if;
    -- PostgREST allows 30 s past exp; a token is over when it says so.
    if (v_claims ->> 'exp')::numeric <= v_now then
        raise sqlstate 'PT401' using message = 'token_expired', hint = 'Use refresh_token, or log in again.';
    end if;
    if jsonb_typeof(v_claims -> 'iat') = 'number' and (v_claims ->> 'iat')::numeric > v_now + 60 then
        raise sqlstate 'PT401' using message = 'token_not_yet_valid', hint = 'Check the clock of the issuer.';
    end if;
    if not exists (
        select from access.issuers
        where issuers.iss = v_claims ->> 'iss' and issuers.role = v_claims ->> 'role'
            and (issuers.aud is null or v_claims -> 'aud' = to_jsonb(issuers.aud)
                or v_claims -> 'aud' @> jsonb_build_array(issuers.aud))
    ) then
        raise sqlstate 'PT401' using
            message = 'issuer_not_allowed',
            detail = 'No such combination of issuer, audience and role is known here.',
            hint = 'Log in again.';
    end if;
    if v_claims ->> 'iss' <> 'opsmantik' then
        perform access.check_external(v_claims);
        return;
    end if;
    -- PostgREST tries every key of its set: another issuer's can not speak as us.
    if not access.is_own_token(v_claims) then
        raise sqlstate 'PT401' using message = 'issuer_not_allowed', hint = 'Log in again.';
    end if;
    if v_claims ->> 'role' = 'authenticated' then
        if v_claims ->> 'sid' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then
            v_id := (v_claims ->> 'sid')::uuid;
        end if;
        if not exists (
            select from access.logins
            where logins.id = v_id and logins.user_id::text = v_claims ->> 'sub' and logins.revoked_at is null
        ) then
            raise sqlstate 'PT401' using message = 'login_ended', hint = 'Log in again.';
        end if;
        return;
    end if;
    if v_claims ->> 'jti' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then
        v_id := (v_claims ->> 'jti')::uuid;
    end if;
    if not exists (
        select from access.machine_tokens
        where machine_tokens.id = v_id and machine_tokens.role = v_claims ->> 'role'
            and machine_tokens.name = v_claims ->> 'sub'
            and machine_tokens.revoked_at is null and machine_tokens.expires_at > now()
    ) then
        raise sqlstate 'PT401' using message = 'token_revoked', hint = 'Make another: pyctl token create.';
    end if;
end;
$$;

comment on function access.check_request() is
'Pre-request: a token must name issuer, subject and end, be of an issuer and role listed in '
'access.issuers; a person''s log-in must stand, a machine''s token be listed. Writes nothing, so that '
'GET stays read-only.';
grant execute on function access.check_request() to anon, authenticated, service_role, monitor;
