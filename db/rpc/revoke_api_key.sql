create function api.revoke_api_key(site_id uuid, key_id uuid) returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_key access.api_keys;
begin
    perform access.require_role(site_id, 'owner');
    update access.api_keys set revoked_at = now()
    where api_keys.site_id = revoke_api_key.site_id and api_keys.id = key_id and api_keys.revoked_at is null
    returning api_keys.* into v_key;
    if not found then
        raise sqlstate 'PT404' using
            message = 'key_not_found',
            detail = 'There is no such key, or it was revoked.',
            hint = 'GET /rpc/api_keys lists them.';
    end if;
    perform access.end_logins(v_key.user_id, 'revoked');
    delete from app.site_members
    where site_members.site_id = revoke_api_key.site_id and site_members.user_id = v_key.user_id;
    perform access.write_audit(site_id, 'revoke', 'api_key', key_id, null, null);
end;
$$;

comment on function api.revoke_api_key(uuid, uuid) is
'Ends an API key and its tokens at once. Owners. 404 key_not_found.';

grant execute on function api.revoke_api_key(uuid, uuid) to authenticated;
