create function app.signal_points(signal text) returns integer
language sql
immutable
parallel safe
return case signal
    when 'conversion' then 50
    when 'interaction' then 10
    when 'scroll_50' then 10
    when 'scroll_90' then 20
    when 'hover_contact' then 15
    when 'google_referrer' then 5
    when 'returning_ads' then 25
    else 0
end;

comment on function app.signal_points(text) is 'Points of a signal: DOMAIN, Scores.';
grant execute on function app.signal_points(text) to app_definer;
