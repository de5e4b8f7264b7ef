create function app.session_month(site_id uuid, session_id uuid) returns date
language plpgsql
stable
set search_path = ''
set plan_cache_mode = force_generic_plan
as $$
declare
    v_month date := (date_trunc('month', now() at time zone 'UTC'))::date;
    v_found date;
begin
    -- Most visits that anybody looks at are of these days: three look-ups before one in each month there is.
    for v_step in 1 .. 3 loop
        select sessions.created_month into v_found from app.sessions
        where sessions.site_id = session_month.site_id and sessions.id = session_month.session_id
            and sessions.created_month = v_month;
        exit when found;
        v_month := (v_month - interval '1 month')::date;
    end loop;
    if v_found is null then
        select sessions.created_month into v_found from app.sessions
        where sessions.site_id = session_month.site_id and sessions.id = session_month.session_id;
    end if;
    if v_found is null then
        raise sqlstate 'PT404' using
            message = 'session_not_found', detail = 'There is no such session at this site.',
            hint = 'A card''s session_id names its session.';
    end if;
    return v_found;
end;
$$;

comment on function app.session_month(uuid, uuid) is
'The partition of a session, as far as the asker can see it. Raises PT404 session_not_found.';
grant execute on function app.session_month(uuid, uuid) to authenticated;
