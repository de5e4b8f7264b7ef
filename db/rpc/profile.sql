create function api.profile() returns table (
    id uuid,
    email text,
    display_name text,
    role text,
    created_at timestamptz
)
language sql
stable
begin atomic
    select
        profiles.id,
        profiles.email,
        profiles.display_name,
        profiles.role,
        profiles.created_at
    from app.profiles
    where profiles.id = (select access.user_id());
end;

comment on function api.profile() is 'Who you are.';

grant execute on function api.profile() to authenticated;
