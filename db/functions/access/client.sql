create function access.client(
    out is_trusted boolean, out ip_prefix cidr, out country text, out city text, out district text,
    out limit_prefix cidr
) returns record
language plpgsql
stable
set search_path = ''
as $$
begin
    is_trusted := coalesce((
        select secrets.value = encode(sha256(convert_to(access.header('x-proxy-secret'), 'UTF8')), 'hex')
        from access.secrets where secrets.name = 'proxy_sha256'
    ), false);
    if not is_trusted then
        return;
    end if;
    begin
        ip_prefix := app.ip_prefix(btrim(access.header('x-real-ip'))::inet);
        limit_prefix := app.limit_prefix(btrim(access.header('x-real-ip'))::inet);
    exception when invalid_text_representation then
        ip_prefix := null;
    end;
    country := nullif(left(app.url_decode(access.header('x-geo-country')), 100), '');
    city := nullif(left(app.url_decode(access.header('x-geo-city')), 100), '');
    district := nullif(left(app.url_decode(access.header('x-geo-district')), 100), '');
end;
$$;

comment on function access.client() is
'Who is at the other end, as the proxy says: X-Real-IP and X-Geo-Country/City/District count only '
'beside X-Proxy-Secret. Else all is null. ip_prefix is what may be kept; limit_prefix what rate '
'limits go by.';
grant execute on function access.client() to app_definer;
