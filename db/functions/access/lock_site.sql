create function access.lock_site(site_id uuid) returns app.sites
language plpgsql
set search_path = ''
as $$
declare
    v_site app.sites;
begin
    -- Batches on their way end first; who comes after reads the site as it then is. Not for update: the foreign keys
    -- of a card that is being written need the row.
    perform app.lock_site_alone(site_id);
    select sites.* into v_site from app.sites where sites.id = lock_site.site_id for no key update;
    return v_site;
end;
$$;

comment on function access.lock_site(uuid) is
'The site, alone: no batch is being stored while its zone changes or it is archived.';
grant execute on function access.lock_site(uuid) to app_definer;
