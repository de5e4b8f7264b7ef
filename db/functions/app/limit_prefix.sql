create function app.limit_prefix(ip inet) returns cidr
language plpgsql
immutable
parallel safe
as $$
begin
    -- A dual-stack proxy says ::ffff:192.0.2.1: as IPv6 all of IPv4 would be one prefix.
    if ip <<= inet '::ffff:0:0/96' then
        ip := substring(host(ip) from '[0-9.]+$')::inet;
    end if;
    return network(set_masklen(ip, case family(ip) when 4 then 24 else 64 end))::cidr;
end;
$$;

comment on function app.limit_prefix(inet) is
'/24 or /64: what one sender is taken for when events are counted against a bound. Kept only in rate buckets.';
grant execute on function app.limit_prefix(inet) to app_definer;
