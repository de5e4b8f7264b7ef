create function access.require_person() returns uuid
language plpgsql
stable
set search_path = ''
as $$
declare
    v_user_id uuid := access.user_id();
begin
    if v_user_id is null then
        raise sqlstate 'PT403' using
            message = 'sign_in_required',
            detail = 'Your issuer is known here, you are not yet.',
            hint = 'Call sign_in: it makes your profile.';
    end if;
    if exists (select from app.profiles where profiles.id = v_user_id and profiles.issuer = 'api_key') then
        raise sqlstate 'PT403' using
            message = 'person_required',
            detail = 'A key is for the cards and numbers of its site. What it is, its owners decide.',
            hint = 'Log in as a person.';
    end if;
    return v_user_id;
end;
$$;

comment on function access.require_person() is
'Who is asking, a person: raises PT403 sign_in_required for one who has no profile yet, person_required for an API '
'key, which changes nothing of itself.';
grant execute on function access.require_person() to app_definer;
