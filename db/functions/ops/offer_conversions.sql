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
            -- An archived site tells nobody anything. What is still young enough when it comes back is offered then.
            and exists (select from app.sites where sites.id = conversions.site_id and sites.deleted_at is null)
        order by conversions.site_id, conversions.subject_id, conversions.round, conversions.revision
        limit 100
    loop
        perform app.lock_subject(v_due.subject_id);
        -- An operator may have cancelled it while we waited for the lock.
        update app.conversions set
            state = case when refusal.reason is null then 'offered' else 'suppressed' end,
            reason = refusal.reason,
            offered_at = case when refusal.reason is null then now() end
        from app.conversions as base
        join app.sites on sites.id = base.site_id
        cross join lateral (
            -- It may have grown too old while it was held.
            select case
                when base.id <> v_due.id then app.correction_refusal(base)
                when base.clicked_at < now() - make_interval(days => sites.conversion_window_days) then 'click_too_old'
            end as reason
        ) as refusal
        where conversions.site_id = v_due.site_id and conversions.id = v_due.id
            and conversions.state = 'held' and conversions.held_until <= now()
            and base.site_id = conversions.site_id and base.subject_id = conversions.subject_id
            and base.round = conversions.round and base.revision = 0;
        if found then
            v_offered := v_offered + 1;
        end if;
    end loop;
    return v_offered;
end;
$$;

comment on function ops.offer_conversions() is
'Job: moves conversions whose hold is over into the feed, at most 100 a run.';
