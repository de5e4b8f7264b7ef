create function app.device_type(user_agent text, hints jsonb) returns text
language sql
immutable
parallel safe
return case
    when user_agent ~* '(ipad|tablet|kindle|silk/|playbook)' then 'tablet'
    when user_agent ~* 'android' and user_agent !~* 'mobile' then 'tablet'
    when hints -> 'mobile' = 'true' or user_agent ~* '(iphone|ipod|android|mobile|windows phone)' then 'mobile'
    when coalesce(user_agent, '') = '' then 'unknown'
    else 'desktop'
end;

comment on function app.device_type(text, jsonb) is
'mobile, tablet, desktop or unknown, from user agent and client hints.';
grant execute on function app.device_type(text, jsonb) to app_definer;
