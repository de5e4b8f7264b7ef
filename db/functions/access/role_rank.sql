create function access.role_rank(role text) returns integer
language sql
immutable
parallel safe
return array_position(array['viewer', 'editor', 'owner'], role);

comment on function access.role_rank(text) is
'viewer 1, editor 2, owner 3; null for anything else, so that a comparison with it fails closed.';
grant execute on function access.role_rank(text) to authenticated, app_definer;
