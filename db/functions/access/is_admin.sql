create function access.is_admin() returns boolean
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
    return coalesce(
        (select profiles.role = 'admin' from app.profiles where profiles.id = (select access.user_id())), false
    );
end;
$$;

comment on function access.is_admin() is 'Whether the asker is an admin: on a site of others only under support access.';
grant execute on function access.is_admin() to authenticated, app_definer;
