create function api.create_api_key(
    site_id uuid,
    name text,
    scopes text[],
    expires_at timestamptz default null,
    out id uuid,
    out api_key text
) returns record
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_name text;
    v_user_id uuid;
    v_login_id uuid;
begin
    perform access.require_role(site_id, 'owner');
    perform access.refuse_under_support(site_id);
    v_name := access.valid_name(create_api_key.name);
    if coalesce(cardinality(scopes) not in (1, 2) or not scopes <@ array['read', 'write'], true) then
        raise sqlstate 'PT400' using
            message = 'invalid_scopes', detail = 'Scopes are read and write.', hint = 'Send ["read"].';
    end if;
    if expires_at <= now() then
        raise sqlstate 'PT400' using message = 'invalid_time', detail = 'A key ends in the future.';
    end if;
    if (
        select count(*) from access.api_keys
        where api_keys.site_id = create_api_key.site_id and api_keys.revoked_at is null
    ) >= 50 then
        raise sqlstate 'PT409' using
            message = 'too_many_keys', detail = 'A site has at most 50 keys.', hint = 'Revoke one first.';
    end if;
    insert into app.profiles (issuer, display_name) values ('api_key', v_name)
    returning profiles.id into v_user_id;
    insert into access.identities (iss, sub, user_id) values ('opsmantik', v_user_id::text, v_user_id);
    insert into access.logins (user_id) values (v_user_id) returning logins.id into v_login_id;
    insert into app.site_members (site_id, user_id, role)
    values (create_api_key.site_id, v_user_id, case when 'write' = any (scopes) then 'editor' else 'viewer' end);
    api_key := 'opsm_' || access.new_token();
    insert into access.api_keys (site_id, user_id, login_id, name, key_sha256, scopes, created_by, expires_at)
    values (create_api_key.site_id, v_user_id, v_login_id, v_name, access.digest(api_key),
        create_api_key.scopes, access.user_id(), create_api_key.expires_at)
    returning api_keys.id into id;
    perform access.write_audit(
        site_id, 'create', 'api_key', id, null, jsonb_build_object('scopes', scopes, 'user_id', v_user_id)
    );
    -- Who was removed while we waited for the audit log makes none.
    perform access.require_role(site_id, 'owner');
end;
$$;

comment on function api.create_api_key(uuid, text, text[], timestamptz) is
$$Makes a key with which a server reads a site (scope read), or judges its cards too (scope write). It is shown this
once; key_login exchanges it for access tokens. It is a member of the site, and never an owner.

Owners. 400 invalid_name, invalid_scopes, invalid_time. 409 too_many_keys, outlives_support_access.$$;

grant execute on function api.create_api_key(uuid, text, text[], timestamptz) to authenticated;
