create function ops.set_next_proxy_secret(secret text, reason text) returns void
language plpgsql
set search_path = ''
as $$
begin
    if length(secret) < 32 then
        raise sqlstate 'PT400' using message = 'weak_secret', detail = 'The proxy secret needs at least 32 characters.';
    end if;
    insert into access.secrets (name, value)
    values ('proxy_next_sha256', encode(sha256(convert_to(secret, 'UTF8')), 'hex'))
    on conflict on constraint secrets_pkey do update set value = excluded.value, updated_at = now();
    perform ops.record_act('secret_rotate', 'proxy', reason);
end;
$$;

comment on function ops.set_next_proxy_secret(text, text) is
'A second value of X-Proxy-Secret that counts, while the proxy changes over to it. Raises PT400 weak_secret.';
