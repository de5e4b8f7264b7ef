create function app.usage_state(events bigint, quota bigint) returns text
language sql
immutable
parallel safe
return case when events >= quota then 'exceeded' when events >= 0.8 * quota then 'warning' else 'ok' end;

comment on function app.usage_state(bigint, bigint) is
'exceeded: only conversion events are taken in. warning from 80 %. ok, also where there is no quota.';
grant execute on function app.usage_state(bigint, bigint) to app_definer;
