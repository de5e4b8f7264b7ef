create function api.members(site_id uuid) returns table (
    user_id uuid,
    name text,
    email text,
    role text,
    since timestamptz,
    is_you boolean
)
language plpgsql
stable
set search_path = ''
as $$
declare
    v_me uuid := access.user_id();
begin
    perform access.require_role(site_id, 'viewer');
    return query
    select
        member.user_id,
        person.name,
        person.email,
        member.role,
        member.created_at,
        member.user_id = v_me
    from app.site_members as member
    join access.people(
        members.site_id,
        array(select site_members.user_id from app.site_members where site_members.site_id = members.site_id)
    ) as person on person.user_id = member.user_id
    where member.site_id = members.site_id
    order by access.role_rank(member.role) desc, person.name, member.user_id;
end;
$$;

comment on function api.members(uuid) is
$$Who works on a site, owners first. Colleagues see each other's name and address.

404 site_not_found.$$;

grant execute on function api.members(uuid) to authenticated;
