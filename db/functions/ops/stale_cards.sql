create function ops.stale_cards(only_site_id uuid) returns table (site_id uuid, call_id uuid, subject_id uuid)
language sql
stable
set search_path = ''
as $$
    select calls.site_id, calls.id, coalesce(calls.session_id, calls.id)
    from app.sites
    join app.calls on calls.site_id = sites.id
    join app.sessions
        on sessions.site_id = calls.site_id and sessions.id = calls.session_id
        and sessions.created_month = calls.session_month
    where sites.auto_approve and sites.deleted_at is null and (only_site_id is null or sites.id = only_site_id)
        and calls.status = 'intent' and calls.deleted_at is null and calls.session_id is not null
        -- The age is that in the inbox: a tap that came late was seen by nobody yet.
        and calls.received_at < now() - make_interval(hours => sites.auto_approve_hours)
        -- What a person has put back into the inbox is theirs.
        and calls.judged_action is null
        and calls.click_id is not null
        and not sessions.is_bot
        and sessions.last_event_at - sessions.first_event_at >= interval '10 seconds'
        and sessions.event_count >= 2
    order by 1, 3, 2
    limit 100;
$$;

comment on function ops.stale_cards(uuid) is
'Open cards older than their site''s limit that look real: a click id, a visit of 10 s and two '
'events. The next 100, of one site or of all that want it.';
grant execute on function ops.stale_cards(uuid) to app_definer;
