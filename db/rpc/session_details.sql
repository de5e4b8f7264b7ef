create function api.session_details(site_id uuid, session_id uuid) returns setof app.visit
language plpgsql
stable
rows 1
set search_path = ''
as $$
declare
    v_month date;
begin
    perform access.require_role(site_id, 'viewer');
    v_month := app.session_month(site_id, session_id);
    return query select visit.* from access.visits(site_id, array[session_id], array[v_month]) as visit;
end;
$$;

comment on function api.session_details(uuid, uuid) is
$$One visit with all that is known of it, and how many cards it opened.

404 site_not_found, session_not_found.$$;

grant execute on function api.session_details(uuid, uuid) to authenticated;
