create function api.session_timeline(site_id uuid, session_id uuid) returns table (
    occurred_at timestamptz,
    category text,
    action text,
    label text,
    value numeric,
    url text,
    metadata jsonb
)
language plpgsql
stable
set search_path = ''
set plan_cache_mode = force_generic_plan
as $$
declare
    v_month date;
begin
    perform access.require_role(site_id, 'viewer');
    v_month := app.session_month(site_id, session_id);
    return query
    select events.occurred_at, events.category, events.action, events.label, events.value, events.url, events.metadata
    from app.events
    where events.site_id = session_timeline.site_id and events.session_id = session_timeline.session_id
        and events.created_month = v_month
    order by events.occurred_at, events.id;
end;
$$;

comment on function api.session_timeline(uuid, uuid) is
'What happened in a session, in order. 404 site_not_found, session_not_found.';

grant execute on function api.session_timeline(uuid, uuid) to authenticated;
