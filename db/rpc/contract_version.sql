create function api.contract_version() returns table (version text, deprecated jsonb)
language sql
stable
rows 1
begin atomic
    select
        '1.0' as version,
        -- Each: {"function", "argument or column", "since", "gone_after", "instead"}.
        '[]'::jsonb as deprecated;
end;

comment on function api.contract_version() is
$$The version of this contract, and what of it is deprecated. The first number rises when something is taken away or
changes its meaning, the second when something is added. Open to everybody: ask it before logging in.$$;

grant execute on function api.contract_version() to anon, authenticated, service_role, monitor;
