create function app.device_os(user_agent text, hints jsonb) returns text
language sql
immutable
parallel safe
return case
    when hints ->> 'platform' in ('Android', 'iOS', 'Windows', 'macOS', 'Linux', 'Chrome OS') then hints ->> 'platform'
    when user_agent ~* '(iphone|ipad|ipod)' then 'iOS'
    when user_agent ~* 'android' then 'Android'
    when user_agent ~* 'windows' then 'Windows'
    when user_agent ~* 'cros ' then 'Chrome OS'
    when user_agent ~* 'mac os x|macintosh' then 'macOS'
    when user_agent ~* 'linux' then 'Linux'
    else 'unknown'
end;

comment on function app.device_os(text, jsonb) is 'Operating system, from client hints, else from the user agent.';
grant execute on function app.device_os(text, jsonb) to app_definer;
