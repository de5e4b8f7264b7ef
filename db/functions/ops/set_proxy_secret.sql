create function ops.set_proxy_secret(secret text) returns void
language plpgsql
set search_path = ''
as $$
begin
    if length(secret) < 32 then
        raise sqlstate 'PT400' using message = 'weak_secret', detail = 'The proxy secret needs at least 32 characters.';
    end if;
    insert into access.secrets (name, value) values ('proxy_sha256', encode(sha256(convert_to(secret, 'UTF8')), 'hex'))
    on conflict on constraint secrets_pkey do update set value = excluded.value, updated_at = now();
end;
$$;

comment on function ops.set_proxy_secret(text) is
'Sets the value of X-Proxy-Secret that makes X-Real-IP and X-Geo-* count. Only its digest is '
'kept.';
