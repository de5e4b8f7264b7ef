create function api.sign_in() returns table (
    id uuid,
    email text,
    display_name text,
    role text,
    created_at timestamptz
)
language plpgsql
rows 1
security definer
set search_path = ''
as $$
declare
    v_claims jsonb := access.claims();
    v_user_id uuid;
    v_email text;
    v_name text;
begin
    if v_claims ->> 'iss' <> 'opsmantik' then
        -- Only an address that the issuer vouches for, and only to be shown and compared with an invitation's: who
        -- somebody is, issuer and subject say.
        if v_claims ->> 'email_verified' = 'true' then
            begin
                v_email := access.valid_email(v_claims ->> 'email');
            exception when sqlstate 'PT400' then
                v_email := null;
            end;
        end if;
        -- Two tabs at once make one profile.
        perform pg_advisory_xact_lock(
            hashtextextended('sign-in:' || jsonb_build_array(v_claims -> 'iss', v_claims -> 'sub')::text, 0)
        );
        select identities.user_id into v_user_id from access.identities
        where identities.iss = v_claims ->> 'iss' and identities.sub = v_claims ->> 'sub';
        if v_user_id is null then
            begin
                v_name := access.valid_name(v_claims ->> 'name');
            exception when sqlstate 'PT400' then
                v_name := null;
            end;
            insert into app.profiles (issuer, email, display_name) values (v_claims ->> 'iss', v_email, v_name)
            returning profiles.id into v_user_id;
            insert into access.identities (iss, sub, user_id)
            values (v_claims ->> 'iss', v_claims ->> 'sub', v_user_id);
        end if;
    end if;
    update app.profiles set email = v_email
    where profiles.id = v_user_id and profiles.email is distinct from v_email;
    return query
    select profiles.id, profiles.email, profiles.display_name, profiles.role, profiles.created_at
    from app.profiles
    where profiles.id = access.user_id();
end;
$$;

comment on function api.sign_in() is
$$Who you are, and the first call with a token of another issuer: it makes your profile, which has no sites until an
invitation is accepted. You are known by issuer and subject, never by e-mail.$$;

grant execute on function api.sign_in() to authenticated;
