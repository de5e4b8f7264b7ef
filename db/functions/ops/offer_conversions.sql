create function ops.offer_conversions() returns bigint
language plpgsql
set search_path = ''
as $$
declare
    v_due record;
    v_offered bigint := 0;
begin
    for v_due in
        select conversions.site_id, conversions.id, conversions.subject_id
        from app.conversions
        where conversions.state = 'held' and conversions.held_until <= now()
        order by conversions.site_id, conversions.subject_id, conversions.round, conversions.revision
        limit 100
    loop
        perform app.lock_subject(v_due.subject_id);
        -- An operator may have cancelled it while we waited for the lock.
        update app.conversions set state = 'offered', offered_at = now()
        where conversions.site_id = v_due.site_id and conversions.id = v_due.id
            and conversions.state = 'held' and conversions.held_until <= now();
        if found then
            v_offered := v_offered + 1;
        end if;
    end loop;
    return v_offered;
end;
$$;

comment on function ops.offer_conversions() is
'Job: moves conversions whose hold is over into the feed, at most 100 a run.';
