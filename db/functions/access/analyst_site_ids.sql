create function access.analyst_site_ids(login name) returns setof uuid
language sql
stable
security definer
rows 10
set search_path = ''
as $$
    select site_members.site_id
    from access.identities
    join app.profiles on profiles.id = identities.user_id and profiles.disabled_at is null
    join app.site_members on site_members.user_id = identities.user_id
    join app.sites on sites.id = site_members.site_id and sites.deleted_at is null
    where identities.iss = 'postgres' and identities.sub = login;
$$;

comment on function access.analyst_site_ids(name) is
'Sites of a database login in group analyst: linked as identity (postgres, login). Always called '
'with session_user, never with a setting.';
grant execute on function access.analyst_site_ids(name) to analyst;
