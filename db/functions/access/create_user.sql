create function access.create_user(email text, password text, display_name text, role text default 'user') returns uuid
language plpgsql
set search_path = ''
as $$
declare
    v_user_id uuid;
begin
    insert into app.profiles (email, display_name, role)
    values (lower(btrim(email)), display_name, role)
    returning profiles.id into v_user_id;
    insert into access.identities (iss, sub, user_id) values ('opsmantik', v_user_id::text, v_user_id);
    if password is not null then
        perform access.set_password(v_user_id, password);
    end if;
    return v_user_id;
end;
$$;

comment on function access.create_user(text, text, text, text) is
'Adds a person of the built-in issuer, for pyctl and seeds. A null password leaves them without '
'one.';
grant execute on function access.create_user(text, text, text, text) to app_definer;
