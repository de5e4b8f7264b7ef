create function ops.set_jwt_secret(secret text) returns void
language plpgsql
set search_path = ''
as $$
begin
    if length(secret) < 32 then
        raise sqlstate 'PT400' using
            message = 'weak_secret',
            detail = 'The JWT secret needs at least 32 characters.',
            hint = 'Remove the secret file and let pyctl up make a new one.';
    end if;
    insert into access.secrets (name, value) values ('jwt', secret)
    on conflict on constraint secrets_pkey do update set value = excluded.value, updated_at = now();
end;
$$;

comment on function ops.set_jwt_secret(text) is
'Gives the database the key that PostgREST verifies with. Raises PT400 weak_secret under 32 '
'characters.';
