create function app.click_of(session app.sessions, out click_id_type text, out click_id text) returns record
language plpgsql
stable
set search_path = ''
as $$
begin
    click_id_type := case
        when session.gclid is not null then 'gclid'
        when session.gbraid is not null then 'gbraid'
        when session.wbraid is not null then 'wbraid'
        when session.msclkid is not null then 'msclkid'
        when session.fbclid is not null then 'fbclid'
        when session.ttclid is not null then 'ttclid'
    end;
    click_id := coalesce(session.gclid, session.gbraid, session.wbraid, session.msclkid, session.fbclid,
        session.ttclid);
end;
$$;

comment on function app.click_of(app.sessions) is
'The one click id of a session: gclid, else gbraid, else wbraid, else another platform''s.';
grant execute on function app.click_of(app.sessions) to app_definer;
