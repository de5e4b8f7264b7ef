create function ops.revoke_token(token_id text, reason text) returns void
language plpgsql
set search_path = ''
as $$
begin
    update access.machine_tokens set revoked_at = now()
    where machine_tokens.id::text = token_id and machine_tokens.revoked_at is null;
    if not found then
        raise exception using
            errcode = 'no_data_found',
            message = format('No token %s is in use.', token_id),
            hint = 'pyctl token list shows them.';
    end if;
    perform ops.record_act('token_revoke', token_id, reason);
end;
$$;

comment on function ops.revoke_token(text, text) is 'Ends a machine''s token at once and records that, for pyctl.';
