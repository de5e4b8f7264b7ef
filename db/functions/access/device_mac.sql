create function access.device_mac(account text, nonce text) returns text
language sql
stable
set search_path = ''
as $$
    select encode(extensions.hmac(
        convert_to('device:' || account || ':' || nonce, 'UTF8'), convert_to(secrets.value, 'UTF8'), 'sha256'
    ), 'hex')
    from access.secrets where secrets.name = 'jwt';
$$;

comment on function access.device_mac(text, text) is
'Proves that a browser has logged in to this account before: it then has attempts of its own.';
grant execute on function access.device_mac(text, text) to app_definer;
