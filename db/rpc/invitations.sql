create function api.invitations(site_id uuid) returns table (
    id uuid,
    email text,
    role text,
    invited_by uuid,
    created_at timestamptz,
    expires_at timestamptz,
    state text
)
language plpgsql
stable
set search_path = ''
as $$
begin
    perform access.require_role(invitations.site_id, 'owner');
    return query
    select
        offers.id, offers.email, offers.role, offers.invited_by, offers.created_at, offers.expires_at,
        case
            when offers.accepted_at is not null then 'accepted'
            when offers.revoked_at is not null then 'revoked'
            when offers.expires_at <= now() then 'expired'
            else 'open'
        end
    from app.invitations as offers
    where offers.site_id = invitations.site_id
    order by offers.created_at desc, offers.id;
end;
$$;

comment on function api.invitations(uuid) is
$$The invitations of a site, newest first: open, accepted, revoked or expired. Owners. The link's token is in the
mail only.$$;

grant execute on function api.invitations(uuid) to authenticated;
