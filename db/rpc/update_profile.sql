create function api.update_profile(display_name text) returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_user_id uuid := access.require_person();
begin
    update app.profiles set display_name = access.valid_name(update_profile.display_name)
    where profiles.id = v_user_id;
end;
$$;

comment on function api.update_profile(text) is
$$Changes the name that other members see.

400 invalid_name. 403 sign_in_required, person_required.$$;

grant execute on function api.update_profile(text) to authenticated;
