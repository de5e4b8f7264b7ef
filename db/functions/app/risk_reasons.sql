create function app.risk_reasons(session app.sessions) returns text[]
language sql
stable
set search_path = ''
as $$
    select array_remove(array[
        case when coalesce(
            session.gclid, session.gbraid, session.wbraid, session.msclkid, session.fbclid, session.ttclid
        ) is null then 'no_click_id' end,
        case when session.last_event_at - session.first_event_at < interval '3 seconds' then 'short_session' end,
        case when session.event_count <= 1 then 'single_event' end,
        case when session.is_bot then 'bot' end
    ], null);
$$;

comment on function app.risk_reasons(app.sessions) is 'Why a lead of this session looks weak. Empty: no reason.';
grant execute on function app.risk_reasons(app.sessions) to app_definer;
