create function app.is_uuid(value text) returns boolean
language sql
immutable
parallel safe
return coalesce(value ~* '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$', false);

comment on function app.is_uuid(text) is 'Whether a text is a uuid as browsers write it; false for nothing.';
grant execute on function app.is_uuid(text) to app_definer, authenticated;
