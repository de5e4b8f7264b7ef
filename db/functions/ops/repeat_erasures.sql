create function ops.repeat_erasures() returns bigint
language plpgsql
set search_path = ''
as $$
declare
    v_site record;
    v_batch record;
    v_done bigint := 0;
begin
    for v_site in select distinct erasures.site_id as id from ops.erasures order by 1 loop
        -- By the time of each erasure: what came after it is new data.
        for v_batch in
            select
                past.erased_at,
                array_agg(held.value) filter (where held.kind = 'visitor') as visitor_ids,
                array_agg(held.value) filter (where held.kind = 'phone') as phones,
                array_agg(held.value::uuid) filter (where held.kind = 'session') as session_ids
            from (
                select 'visitor' as kind, visit.visitor_id as value from app.sessions as visit
                where visit.site_id = v_site.id and visit.visitor_id is not null
                union
                select 'visitor', card.visitor_id from app.calls as card
                where card.site_id = v_site.id and card.visitor_id is not null
                union
                select 'phone', card.caller_phone from app.calls as card
                where card.site_id = v_site.id and card.caller_phone is not null
                union
                select 'session', visit.id::text from app.sessions as visit
                where visit.site_id = v_site.id and visit.erased_at is null
                    and exists (
                        select from ops.erasures where erasures.site_id = v_site.id and erasures.kind = 'session'
                    )
            ) as held
            join ops.erasures as past
                on past.site_id = v_site.id and past.kind = held.kind
                and past.digest = access.erasure_digest(held.kind, v_site.id, held.value)
            group by past.erased_at
            order by past.erased_at
        loop
            select v_done + done.sessions + done.calls into v_done
            from ops.erase(
                v_site.id, coalesce(v_batch.visitor_ids, '{}'), coalesce(v_batch.phones, '{}'),
                coalesce(v_batch.session_ids, '{}'), v_batch.erased_at, 'repeated'
            ) as done;
        end loop;
    end loop;
    return v_done;
end;
$$;

comment on function ops.repeat_erasures() is
'After a backup was restored: erases again what it brought back of everyone in ops.erasures. '
'Returns how many visits and cards. Safe to repeat.';
