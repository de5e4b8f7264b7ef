create function access.user_id() returns uuid
language sql
stable
security definer
set search_path = ''
as $$
    select identities.user_id
    from access.identities
    where identities.iss = access.claims() ->> 'iss' and identities.sub = access.claims() ->> 'sub'
        and access.claims() ->> 'role' = 'authenticated';
$$;

comment on function access.user_id() is 'Who is asking, by issuer and subject; null for everyone without an identity.';
grant execute on function access.user_id() to authenticated, app_definer;
