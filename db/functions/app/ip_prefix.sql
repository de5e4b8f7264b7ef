create function app.ip_prefix(ip inet) returns cidr
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
declare
    v_prefix cidr := app.limit_prefix(ip);
begin
    return case family(v_prefix) when 6 then network(set_masklen(v_prefix, 48)) else v_prefix end;
end;
$$;

comment on function app.ip_prefix(inet) is '/24 or /48: all that is ever stored of an address.';
grant execute on function app.ip_prefix(inet) to app_definer;
