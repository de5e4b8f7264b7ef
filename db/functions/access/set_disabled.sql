create function access.set_disabled(user_id uuid, is_disabled boolean) returns boolean
language plpgsql
set search_path = ''
as $$
begin
    update app.profiles set disabled_at = case when is_disabled then now() end
    where profiles.id = set_disabled.user_id and (profiles.disabled_at is not null) <> is_disabled;
    if not found then
        return false;
    end if;
    if is_disabled then
        perform access.end_logins(user_id, 'admin');
    end if;
    return true;
end;
$$;

comment on function access.set_disabled(uuid, boolean) is
'Keeps a person out, at once and wherever they log in, or lets them in again, for pyctl. Memberships stay. '
'False: nothing to change.';
