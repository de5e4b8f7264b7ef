create function access.valid_role(role text) returns text
language plpgsql
immutable
set search_path = ''
as $$
begin
    if access.role_rank(role) is not null then
        return role;
    end if;
    raise sqlstate 'PT400' using
        message = 'invalid_role', detail = 'A role is viewer, editor or owner.', hint = 'Send one of these.';
end;
$$;

comment on function access.valid_role(text) is 'The role. Raises PT400 invalid_role.';
grant execute on function access.valid_role(text) to app_definer;
