create function api.support_accesses(site_id uuid) returns table (
    id uuid,
    admin_id uuid,
    admin_name text,
    reason text,
    opened_at timestamptz,
    expires_at timestamptz,
    closed_at timestamptz,
    closed_by uuid,
    closed_by_name text,
    is_open boolean
)
language plpgsql
stable
set search_path = ''
as $$
begin
    perform access.require_role(support_accesses.site_id, 'owner');
    return query
    with person as materialized (
        select people.user_id, people.name from access.people(support_accesses.site_id, array(
            select unnest(array[each.admin_id, each.closed_by]) from app.support_accesses as each
            where each.site_id = support_accesses.site_id
        )) as people
    )
    select
        opened.id, opened.admin_id, admin.name, opened.reason, opened.opened_at, opened.expires_at, opened.closed_at,
        opened.closed_by, closer.name, opened.closed_at is null and opened.expires_at > now()
    from app.support_accesses as opened
    left join person as admin on admin.user_id = opened.admin_id
    left join person as closer on closer.user_id = opened.closed_by
    where opened.site_id = support_accesses.site_id
    order by opened.opened_at desc, opened.id;
end;
$$;

comment on function api.support_accesses(uuid) is
$$Which admins of the installation could work on a site, why, from when until when, and who ended it earlier; newest
first. Owners.

404 site_not_found. 403 owner_required.$$;

grant execute on function api.support_accesses(uuid) to authenticated;
