create function api.update_profile(display_name text) returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
    update app.profiles set display_name = access.valid_name(update_profile.display_name)
    where profiles.id = access.user_id();
end;
$$;

comment on function api.update_profile(text) is
'Changes the name that other members see. 400 invalid_name.';

grant execute on function api.update_profile(text) to authenticated;
