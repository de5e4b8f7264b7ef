create function ops.call_session(
    site_id uuid, called_at timestamptz, visitor_id text, click_id text, dialled text,
    out session_id uuid, out session_month date, out is_suspicious boolean
) returns record
language plpgsql
stable
set search_path = ''
as $$
declare
    v_session record;
    v_month date := date_trunc('month', (called_at - interval '50 hours') at time zone 'UTC');
begin
    -- A session lasts at most a day, so one that was awake half an hour before the call began after this.
    for v_session in
        select sessions.id, sessions.created_month, sessions.created_at from app.sessions
        where sessions.site_id = call_session.site_id and not sessions.is_bot
            and sessions.created_at between called_at - interval '25 hours' and called_at + interval '30 minutes'
            and sessions.created_month between v_month and (called_at at time zone 'UTC' + interval '30 minutes')::date
            and sessions.last_event_at >= called_at - interval '30 minutes'
            and (
                sessions.visitor_id = call_session.visitor_id
                or call_session.click_id in (
                    sessions.gclid, sessions.gbraid, sessions.wbraid, sessions.msclkid, sessions.fbclid,
                    sessions.ttclid
                )
            )
        order by sessions.created_at desc
    loop
        if v_session.created_at <= called_at + interval '2 minutes' then
            session_id := v_session.id;
            session_month := v_session.created_month;
            is_suspicious := false;
            return;
        end if;
        -- It began after the call, so it can not be its cause.
        is_suspicious := true;
    end loop;
    is_suspicious := coalesce(is_suspicious, false);
    if is_suspicious or dialled is null then
        return;
    end if;
    select sessions.id, sessions.created_month into session_id, session_month
    from app.calls
    join app.sessions on sessions.site_id = calls.site_id and sessions.id = calls.session_id
        and sessions.created_month = calls.session_month
    where calls.site_id = call_session.site_id and calls.deleted_at is null
        and calls.last_tap_at between called_at - interval '30 minutes' and called_at + interval '2 minutes'
        and calls.tapped_at > called_at - interval '25 hours'
        and dialled in (calls.last_target, calls.intent_target)
        and sessions.created_at <= called_at + interval '2 minutes'
        and sessions.created_month between v_month and (called_at at time zone 'UTC' + interval '30 minutes')::date
    order by calls.last_tap_at desc
    limit 1;
end;
$$;

comment on function ops.call_session(uuid, timestamptz, text, text, text) is
'The newest session that can have caused a reported call: by visitor or click id, else by the number that was '
'tapped, within half an hour. Suspicious: there is only one that began more than 2 minutes after the call.';
grant execute on function ops.call_session(uuid, timestamptz, text, text, text) to app_definer;
