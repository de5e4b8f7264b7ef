create function access.user_id() returns uuid
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
    -- plpgsql keeps its plan from request to request; an SQL function plans anew in each.
    v_claims jsonb := access.claims();
begin
    if v_claims ->> 'role' is distinct from 'authenticated' then
        return null;
    end if;
    return (
        select identities.user_id from access.identities
        where identities.iss = v_claims ->> 'iss' and identities.sub = v_claims ->> 'sub'
    );
end;
$$;

comment on function access.user_id() is 'Who is asking, by issuer and subject; null for everyone without an identity.';
grant execute on function access.user_id() to authenticated, app_definer;
