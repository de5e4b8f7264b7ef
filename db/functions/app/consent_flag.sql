create function app.consent_flag(value jsonb) returns boolean
language sql
immutable
parallel safe
return case when value in ('1', 'true') then true when value in ('0', 'false') then false end;

comment on function app.consent_flag(jsonb) is '1 or true, 0 or false; null for anything else.';
grant execute on function app.consent_flag(jsonb) to app_definer;
