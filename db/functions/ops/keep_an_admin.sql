create function ops.keep_an_admin(user_id uuid) returns void
language plpgsql
set search_path = ''
as $$
begin
    -- Two admins leaving at once would each still see the other.
    perform pg_advisory_xact_lock(hashtextextended('admins', 0));
    if not exists (
        select from app.profiles
        where profiles.role = 'admin' and profiles.disabled_at is null and profiles.id <> keep_an_admin.user_id
    ) and exists (
        select from app.profiles
        where profiles.id = keep_an_admin.user_id and profiles.role = 'admin' and profiles.disabled_at is null
    ) then
        raise exception using
            errcode = 'object_not_in_prerequisite_state', message = 'This is the last admin.',
            hint = 'Make somebody else admin first: pyctl user promote.';
    end if;
end;
$$;

comment on function ops.keep_an_admin(uuid) is
'Refuses (55000) when nobody else would be admin without this person. Held until the transaction ends.';
