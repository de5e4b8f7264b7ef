create function app.signals_of(event app.parsed_event) returns text[]
language plpgsql
immutable
set search_path = ''
as $$
begin
    return case
        when event.category = 'conversion' then array['conversion']
        when event.category <> 'interaction' then '{}'
        when event.action = 'scroll' then array['interaction']
            || case when event.value >= 50 then array['scroll_50'] else '{}' end
            || case when event.value >= 90 then array['scroll_90'] else '{}' end
        when event.action = 'hover_contact' then array['interaction', 'hover_contact']
        else array['interaction']
    end;
end;
$$;

comment on function app.signals_of(app.parsed_event) is 'Signals of the score that one event gives.';
grant execute on function app.signals_of(app.parsed_event) to app_definer;
