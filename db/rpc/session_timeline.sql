create function api.session_timeline(
    site_id uuid, session_id uuid, page_size integer default 200, cursor text default null
) returns setof app.timeline_event
language plpgsql
stable
rows 200
set search_path = ''
set plan_cache_mode = force_generic_plan
as $$
declare
    v_month date;
    v_last_at timestamptz := timestamptz '-infinity';
    v_last_id bigint := access.number_of(cursor);
begin
    perform access.require_role(site_id, 'viewer');
    perform access.require_page_size(page_size);
    v_month := app.session_month(site_id, session_id);
    if cursor is not null then
        select events.occurred_at into v_last_at from app.events
        where events.site_id = session_timeline.site_id and events.session_id = session_timeline.session_id
            and events.created_month = v_month and events.id = v_last_id;
        if not found then
            raise sqlstate 'PT400' using message = 'invalid_cursor',
                hint = 'Pass the cursor of a row you have, as you got it.';
        end if;
    end if;
    return query
    select
        events.id::bigint, events.occurred_at, events.category::text, events.action::text, events.label::text,
        events.value, events.url::text, events.metadata::jsonb, events.id::text
    from app.events
    where events.site_id = session_timeline.site_id and events.session_id = session_timeline.session_id
        and events.created_month = v_month
        and (events.occurred_at, events.id) > (v_last_at, coalesce(v_last_id, 0))
    order by events.occurred_at, events.id
    limit page_size;
end;
$$;

comment on function api.session_timeline(uuid, uuid, integer, text) is
$$What happened in a session, in order, from its beginning.

page_size 1-200. For the next page pass the cursor of the last event.
404 site_not_found, session_not_found. 400 invalid_page_size, invalid_cursor.$$;

grant execute on function api.session_timeline(uuid, uuid, integer, text) to authenticated;
