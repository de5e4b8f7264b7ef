create function app.signals_of(category text, action text, value numeric) returns text[]
language sql
immutable
parallel safe
return case
    when category = 'conversion' then '{conversion}'::text[]
    when category <> 'interaction' then '{}'
    when action = 'scroll' and value >= 90 then '{interaction,scroll_50,scroll_90}'
    when action = 'scroll' and value >= 50 then '{interaction,scroll_50}'
    when action = 'hover_contact' then '{interaction,hover_contact}'
    else '{interaction}'
end;

comment on function app.signals_of(text, text, numeric) is 'Signals of the score that one event gives.';
grant execute on function app.signals_of(text, text, numeric) to app_definer;
