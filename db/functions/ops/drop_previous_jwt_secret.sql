create function ops.drop_previous_jwt_secret(is_forced boolean, reason text) returns void
language plpgsql
set search_path = ''
as $$
declare
    v_since timestamptz;
    v_names text;
begin
    select secrets.updated_at into v_since from access.secrets where secrets.name = 'jwt_previous' for update;
    if v_since is null then
        raise exception using
            errcode = 'object_not_in_prerequisite_state', message = 'No rotation of the JWT secret is under way.',
            hint = 'pyctl secrets rotate jwt begins one.';
    end if;
    -- An access token lasts ten minutes.
    if v_since > now() - interval '11 minutes' and not is_forced then
        raise exception using
            errcode = 'object_not_in_prerequisite_state',
            message = format(
                'Access tokens that the old secret signed are good until %s.',
                to_char((v_since + interval '11 minutes') at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"')
            ),
            hint = 'Wait until then, or end them now: --force. Who is logged in stays so: their browser refreshes.';
    end if;
    select string_agg(machine_tokens.name, ', ' order by machine_tokens.name) into v_names
    from access.machine_tokens
    where machine_tokens.revoked_at is null and machine_tokens.expires_at > now()
        and machine_tokens.created_at < v_since;
    if v_names is not null and not is_forced then
        raise exception using
            errcode = 'object_not_in_prerequisite_state',
            message = format('Machines still have tokens that the old secret signed: %s.', v_names),
            hint = 'Give each a new one (pyctl token create) and revoke the old; or end them now: --force.';
    end if;
    delete from access.secrets where secrets.name = 'jwt_previous';
    update access.machine_tokens set revoked_at = now()
    where machine_tokens.revoked_at is null and machine_tokens.created_at < v_since;
    perform ops.record_act('secret_drop_previous', 'jwt', reason);
end;
$$;

comment on function ops.drop_previous_jwt_secret(boolean, text) is
'Tokens that the secret before the present one signed count no more. Refuses, unless forced, while there may be some.';
