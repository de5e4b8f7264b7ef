create function ops.left_bytes(value text, bytes integer) returns text
language sql
immutable
parallel safe
-- UTF-8 needs at most 4 bytes a character: cutting characters first is cheap, the quarter is always enough.
return case when octet_length(value) <= bytes then value else left(value, bytes / 4) end;

comment on function ops.left_bytes(text, integer) is
'A prefix of at most that many bytes that ends with a whole character.';
grant execute on function ops.left_bytes(text, integer) to app_definer;
