create function api.support_accesses(site_id uuid) returns table (
    id uuid,
    admin_id uuid,
    admin_name text,
    reason text,
    opened_at timestamptz,
    expires_at timestamptz,
    closed_at timestamptz,
    closed_by uuid,
    is_open boolean
)
language plpgsql
stable
set search_path = ''
as $$
begin
    perform access.require_role(support_accesses.site_id, 'owner');
    return query
    select
        opened.id, opened.admin_id, person.name, opened.reason, opened.opened_at, opened.expires_at, opened.closed_at,
        opened.closed_by, opened.closed_at is null and opened.expires_at > now()
    from app.support_accesses as opened
    left join access.people(support_accesses.site_id, array(
        select each.admin_id from app.support_accesses as each where each.site_id = support_accesses.site_id
    )) as person on person.user_id = opened.admin_id
    where opened.site_id = support_accesses.site_id
    order by opened.opened_at desc, opened.id;
end;
$$;

comment on function api.support_accesses(uuid) is
$$Which admins of the installation could work on a site, why, from when until when; newest first. Owners.

404 site_not_found. 403 owner_required.$$;

grant execute on function api.support_accesses(uuid) to authenticated;
