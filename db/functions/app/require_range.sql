create function app.require_range(since timestamptz, until timestamptz, zone text) returns void
language plpgsql
immutable
set search_path = ''
as $$
begin
    if since is null or until is null or since >= until or not isfinite(since) or not isfinite(until)
        -- Days of the site's calendar: an hour more in autumn is no day more. In seconds: the difference of times that
        -- are far enough apart would be a negative one.
        or extract(epoch from until at time zone zone) - extract(epoch from since at time zone zone) > 186 * 86400 then
        raise sqlstate 'PT400' using
            message = 'invalid_range',
            detail = 'since and until are both required, since before until, at most 186 days apart.',
            hint = 'The range is half-open: until itself is not in it.';
    end if;
end;
$$;

comment on function app.require_range(timestamptz, timestamptz, text) is
'Raises PT400 invalid_range unless both ends are there, in order, at most 186 days of the zone apart.';
grant execute on function app.require_range(timestamptz, timestamptz, text) to authenticated;
