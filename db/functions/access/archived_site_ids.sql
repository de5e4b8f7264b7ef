create function access.archived_site_ids() returns setof uuid
language sql
stable
security definer
set search_path = ''
as $$
    select sites.id
    from app.sites
    where sites.deleted_at is not null
        and not exists (select from app.site_purges where site_purges.site_id = sites.id)
        and (
            sites.id in (
                select site_members.site_id from app.site_members
                where site_members.user_id = access.user_id() and site_members.role = 'owner'
            )
            or access.is_admin() and access.support_reason(sites.id, access.user_id()) is not null
        );
$$;

comment on function access.archived_site_ids() is
'The archived sites that the asker may restore: their owners, and admins under support access. For everything else '
'they are not there.';
grant execute on function access.archived_site_ids() to app_definer;
