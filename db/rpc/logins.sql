create function api.logins() returns table (
    id uuid,
    ip_prefix text,
    created_at timestamptz,
    last_used_at timestamptz,
    is_current boolean
)
language sql
stable
security definer
set search_path = ''
as $$
    select
        logins.id,
        logins.ip_prefix::text,
        logins.created_at,
        logins.last_used_at,
        coalesce(logins.id::text = access.claims() ->> 'sid', false)
    from access.logins
    where logins.user_id = (select access.user_id()) and logins.revoked_at is null
        and logins.last_used_at > now() - interval '30 days'
    order by logins.last_used_at desc, logins.id;
$$;

comment on function api.logins() is 'Where you are logged in, the last used first. The address is kept truncated.';

grant execute on function api.logins() to authenticated;
