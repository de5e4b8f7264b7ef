create function access.check_password(user_id uuid, password text) returns boolean
language sql
stable
set search_path = ''
as $$
    -- The dummy costs what a real one does: nobody's password takes as long to be wrong.
    select octet_length(password) <= 72
        and extensions.crypt(left(coalesce(password, ''), 72), coalesce(stored.bcrypt, dummy.bcrypt)) = stored.bcrypt
    from (values ('$2a$11$abcdefghijklmnopqrstuuO1S5VwC1RrkvLIIdgKnP5Hnnbcxt5Oa')) as dummy (bcrypt)
    left join access.passwords as stored
        on stored.user_id = check_password.user_id
        and exists (select from app.profiles where profiles.id = stored.user_id and profiles.disabled_at is null);
$$;

comment on function access.check_password(uuid, text) is
'Whether this is the person''s password. Not true for a person without one, or who is disabled, at '
'the same cost.';
grant execute on function access.check_password(uuid, text) to app_definer;
