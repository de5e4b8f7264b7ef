create function api.pulse(site_id uuid, since text default null) returns table (
    cursor text,
    changed boolean,
    new_intents integer,
    changed_cards integer
)
language plpgsql
stable
rows 1
set search_path = ''
set plan_cache_mode = force_generic_plan
as $$
declare
    v_parts text[];
    v_at timestamptz := timestamptz '-infinity';
    v_newest timestamptz;
    v_cards integer;
    v_leads integer;
    v_newer integer;
    v_newer_leads integer;
    v_late integer;
    v_late_leads integer;
begin
    perform access.require_role(site_id, 'viewer');
    if since is not null then
        v_parts := regexp_match(since, '^([0-9]{1,17})\.([0-9]{1,3})\.([0-9]{1,3})$');
        v_at := timestamptz 'epoch' + v_parts[1]::bigint * interval '1 microsecond';
        if v_at is null or v_at > now() + interval '1 minute' then
            raise sqlstate 'PT400' using message = 'invalid_cursor',
                hint = 'Pass the cursor of the last pulse as you got it, or leave it out.';
        end if;
    end if;
    -- A transaction that began earlier may end later: the minute before the newest change is counted again each time.
    select
        max(recent.newest),
        count(*) filter (where recent.updated_at > recent.newest - interval '1 minute'),
        count(*) filter (
            where recent.updated_at > recent.newest - interval '1 minute'
                and recent.created_at > recent.newest - interval '1 minute'
        ),
        count(*) filter (where recent.updated_at > v_at),
        count(*) filter (where recent.updated_at > v_at and recent.created_at > v_at),
        count(*) filter (where recent.updated_at <= v_at),
        count(*) filter (where recent.created_at <= v_at and recent.created_at > v_at - interval '1 minute')
    into v_newest, v_cards, v_leads, v_newer, v_newer_leads, v_late, v_late_leads
    from (
        select calls.updated_at, calls.created_at, max(calls.updated_at) over () as newest
        from (
            select calls.updated_at, calls.created_at from app.calls
            where calls.site_id = pulse.site_id and calls.updated_at > v_at - interval '1 minute'
            order by calls.updated_at desc
            limit 500
        ) as calls
    ) as recent;
    return query select
        case
            when v_newest is not null
                -- A clock that went back leaves times to come: no cursor that the next pulse would refuse.
                then (extract(epoch from least(v_newest, now() + interval '1 minute')) * 1000000)::bigint
                    || '.' || v_cards || '.' || v_leads
            else coalesce(v_parts[1], '0') || '.0.0'
        end,
        since is null or v_newer > 0 or v_late <> v_parts[2]::integer,
        case when since is null then 0 else v_newer_leads + greatest(v_late_leads - v_parts[3]::integer, 0) end,
        case when since is null then 0 else v_newer + greatest(v_late - v_parts[2]::integer, 0) end;
end;
$$;

comment on function api.pulse(uuid, text) is
$$Whether something happened at a site since the last pulse: pass its cursor as since. A hint to refetch, never a
data source; made to be asked every few seconds.

Counts cards that came, were judged, tapped again, deleted; up to 500. Without since: a first cursor, changed true.
404 site_not_found. 400 invalid_cursor.$$;

grant execute on function api.pulse(uuid, text) to authenticated;
