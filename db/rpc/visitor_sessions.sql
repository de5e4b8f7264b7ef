create function api.visitor_sessions(
    site_id uuid, visitor_id text, page_size integer default 50, cursor text default null
) returns setof app.visit
language plpgsql
stable
rows 50
set search_path = ''
as $$
declare
    v_place record;
    v_from timestamptz := now() - interval '190 days';
    v_ids uuid[];
    v_months date[];
begin
    perform access.require_role(site_id, 'viewer');
    perform access.require_page_size(page_size);
    v_place := access.place_of(cursor);
    select
        array_agg(visit.id order by visit.created_at desc, visit.id desc),
        array_agg(visit.created_month order by visit.created_at desc, visit.id desc)
    into v_ids, v_months
    from (
        select sessions.id, sessions.created_at, sessions.created_month from app.sessions
        where sessions.site_id = visitor_sessions.site_id and sessions.visitor_id = visitor_sessions.visitor_id
            and sessions.created_at >= v_from
            and sessions.created_month >= (date_trunc('month', v_from at time zone 'UTC'))::date
            and (v_place.id is null or (sessions.created_at, sessions.id) < (v_place.at, v_place.id))
            and not sessions.is_bot
        order by sessions.created_at desc, sessions.id desc
        limit page_size
    ) as visit;
    return query select visit.* from access.visits(site_id, v_ids, v_months) as visit;
end;
$$;

comment on function api.visitor_sessions(uuid, text, integer, text) is
$$The visits of one visitor at this site in the last 190 days, newest first.

page_size 1-200. For the next page pass the cursor of the last visit. A visitor of other sites only has none here.
404 site_not_found. 400 invalid_page_size, invalid_cursor.$$;

grant execute on function api.visitor_sessions(uuid, text, integer, text) to authenticated;
