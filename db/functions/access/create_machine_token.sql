create function access.create_machine_token(name text, role text, days integer) returns text
language plpgsql
set search_path = ''
as $$
declare
    v_end timestamptz := now() + make_interval(days => days);
    v_id uuid;
begin
    insert into access.machine_tokens (name, role, expires_at) values (name, role, v_end)
    returning machine_tokens.id into v_id;
    return access.sign_jwt(jsonb_build_object(
        'iss', 'opsmantik', 'aud', 'opsmantik', 'role', role, 'sub', name, 'jti', v_id,
        'iat', floor(extract(epoch from now())), 'exp', floor(extract(epoch from v_end))
    ));
end;
$$;

comment on function access.create_machine_token(text, text, integer) is
'A token of service_role or monitor for a machine, for pyctl. Returned this once; revoked by its row.';
