create function api.api_keys(site_id uuid) returns table (
    id uuid,
    name text,
    scopes text[],
    user_id uuid,
    created_by uuid,
    created_at timestamptz,
    last_used_at timestamptz,
    expires_at timestamptz,
    state text
)
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
    perform access.require_role(api_keys.site_id, 'owner');
    return query
    select
        keys.id, keys.name, keys.scopes, keys.user_id, keys.created_by, keys.created_at, keys.last_used_at,
        keys.expires_at,
        case
            when keys.revoked_at is not null then 'revoked'
            when keys.expires_at <= now() then 'expired'
            else 'good'
        end
    from access.api_keys as keys
    where keys.site_id = api_keys.site_id
    order by keys.created_at desc, keys.id;
end;
$$;

comment on function api.api_keys(uuid) is 'The API keys of a site, newest first, without the keys. Owners.';

grant execute on function api.api_keys(uuid) to authenticated;
