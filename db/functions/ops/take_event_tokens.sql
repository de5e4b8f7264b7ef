create function ops.take_event_tokens(
    site app.sites, limit_prefix cidr, purpose text, count integer,
    factor double precision
) returns integer
language plpgsql
volatile
as $$
declare
    v_wait integer;
begin
    -- Without a trusted proxy there is one common bucket, twenty times as large, spread over 16 rows so that
    -- requests do not queue for one of them.
    if limit_prefix is null then
        return ops.take_tokens(
            purpose || ':' || site.id || ':#' || floor(random() * 16), count,
            site.events_per_minute * factor * 20 / 16, site.events_per_minute * factor * 20 / 16
        );
    end if;
    v_wait := ops.take_tokens(
        purpose || ':' || site.id || ':' || limit_prefix, count,
        site.events_per_minute * factor, site.events_per_minute * factor
    );
    if v_wait = 0 and family(limit_prefix) = 6 then
        -- One line often owns a /48, that is 65,536 such prefixes: together they have twenty times as much, spread over
        -- 8 rows by prefix.
        v_wait := ops.take_tokens(
            purpose || ':' || site.id || ':' || network(set_masklen(limit_prefix, 48))
            || '#' || abs(hashtext(limit_prefix::text)) % 8, count,
            site.events_per_minute * factor * 20 / 8, site.events_per_minute * factor * 20 / 8
        );
    end if;
    return v_wait;
end;
$$;

comment on function ops.take_event_tokens(app.sites, cidr, text, integer, double precision) is
'Rate limit per site and IP prefix (/24, /64): factor x the site''s events_per_minute; a /48 of IPv6 '
'has twenty times that in all. No row of the site is touched. 0, or seconds to wait.';
grant execute on function ops.take_event_tokens(app.sites, cidr, text, integer, double precision) to app_definer;
