create function api.archived_sites() returns table (
    id uuid, name text, domain text, archived_at timestamptz, version integer
)
language sql
stable
security definer
set search_path = ''
as $$
    select sites.id, sites.name, sites.domain, sites.deleted_at, sites.version
    from app.sites
    where sites.id in (select access.archived_site_ids())
    order by sites.deleted_at desc, sites.id;
$$;

comment on function api.archived_sites() is 'The archived sites that you may restore: those you own, and those to which you have support access.';

grant execute on function api.archived_sites() to authenticated;
