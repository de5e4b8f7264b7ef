create function app.ip_prefix(ip inet) returns cidr
language sql
immutable
parallel safe
-- A dual-stack proxy says ::ffff:192.0.2.1: as IPv6 all of IPv4 would be one prefix.
return case
    when ip <<= inet '::ffff:0:0/96' then
        network(set_masklen(substring(host(ip) from '[0-9.]+$')::inet, 24))::cidr
    else network(set_masklen(ip, case family(ip) when 4 then 24 else 48 end))::cidr
end;

comment on function app.ip_prefix(inet) is '/24 or /48: all that is stored of an address with a visit or a log-in. Log-ins are throttled by it too.';
grant execute on function app.ip_prefix(inet) to app_definer;
