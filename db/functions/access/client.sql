create function access.client(
    out is_trusted boolean, out ip_prefix cidr, out limit_prefix cidr, out geo text[], out origin text,
    out user_agent text
) returns record
language plpgsql
stable
as $$
declare
    -- Read once: each access.header() reads them all again.
    v_headers jsonb := nullif(current_setting('request.headers', true), '')::jsonb;
    v_ip inet;
begin
    origin := v_headers ->> 'origin';
    user_agent := left(v_headers ->> 'user-agent', 500);
    is_trusted := coalesce(v_headers ? 'x-proxy-secret' and exists (
        select from access.secrets
        where secrets.name in ('proxy_sha256', 'proxy_next_sha256')
            and secrets.value = encode(sha256(convert_to(v_headers ->> 'x-proxy-secret', 'UTF8')), 'hex')
    ), false);
    if not is_trusted then
        return;
    end if;
    begin
        v_ip := (v_headers ->> 'x-real-ip')::inet;
        limit_prefix := app.limit_prefix(v_ip);
        ip_prefix := case family(limit_prefix)
            when 6 then network(set_masklen(limit_prefix, 48)) else limit_prefix end;
    exception when invalid_text_representation then
        ip_prefix := null;
    end;
    geo := array[v_headers ->> 'x-geo-country', v_headers ->> 'x-geo-city', v_headers ->> 'x-geo-district'];
end;
$$;

comment on function access.client() is
'Who is at the other end. X-Real-IP and X-Geo-Country/City/District (geo: as sent, percent-encoded) count only '
'beside X-Proxy-Secret, else they are null. ip_prefix is what may be kept; limit_prefix what rate limits go by.';
grant execute on function access.client() to app_definer;
