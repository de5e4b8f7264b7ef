create function app.anonymous_event(event app.parsed_event) returns app.parsed_event
language plpgsql
immutable
set search_path = ''
as $$
begin
    if event.category <> 'conversion' then
        event.label := null;
    end if;
    event.url := null;
    event.metadata := null;
    return event;
end;
$$;

comment on function app.anonymous_event(app.parsed_event) is
'The event without what may say who it was. What a conversion event names is the business''s own number or form.';
grant execute on function app.anonymous_event(app.parsed_event) to app_definer;
