create function ops.take_event_tokens(
    site app.sites, ip_prefix cidr, purpose text, count integer,
    factor double precision
) returns integer
language plpgsql
volatile
set search_path = ''
as $$
begin
    -- Without a trusted proxy there is one common bucket, twenty times as large, spread over 16 rows so that
    -- requests do not queue for one of them.
    return case
        when ip_prefix is not null then ops.take_tokens(
            purpose || ':' || site.id || ':' || ip_prefix, count,
            site.events_per_minute * factor, site.events_per_minute * factor
        )
        else ops.take_tokens(
            purpose || ':' || site.id || ':#' || floor(random() * 16), count,
            site.events_per_minute * factor * 20 / 16, site.events_per_minute * factor * 20 / 16
        )
    end;
end;
$$;

comment on function ops.take_event_tokens(app.sites, cidr, text, integer, double precision) is
'Rate limit per site and IP prefix: factor x the site''s events_per_minute. No row of the site is '
'touched. 0, or seconds to wait.';
grant execute on function ops.take_event_tokens(app.sites, cidr, text, integer, double precision) to app_definer;
