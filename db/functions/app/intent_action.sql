create function app.intent_action(event_action text) returns text
language sql
immutable
parallel safe
return case event_action when 'phone_call' then 'phone' when 'whatsapp' then 'whatsapp' when 'form_submit'
        then 'form'
end;

comment on function app.intent_action(text) is 'Which kind of intent a conversion event is. Null: none.';
grant execute on function app.intent_action(text) to app_definer;
