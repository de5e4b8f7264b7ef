create function app.ip_prefix(ip inet) returns cidr
language sql
immutable
parallel safe
return network(set_masklen(ip, case family(ip) when 4 then 24 else 48 end))::cidr;

comment on function app.ip_prefix(inet) is '/24 or /48: all that is ever stored of an address.';
grant execute on function app.ip_prefix(inet) to app_definer;
