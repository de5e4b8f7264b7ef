create function app.correct_conversion(site app.sites, base app.conversions, amount numeric) returns void
language plpgsql
set search_path = ''
as $$
declare
    v_told numeric;
    v_reason text := app.correction_refusal(base);
begin
    -- A correction that nobody has seen yet is withdrawn; what then stands is compared with what should.
    update app.conversions set state = 'suppressed', reason = 'superseded'
    where conversions.site_id = base.site_id and conversions.subject_id = base.subject_id
        and conversions.round = base.round and conversions.revision > 0
        and (conversions.state = 'held' or conversions.reason in ('wbraid_not_adjustable', 'too_old_to_adjust'));
    select conversions.amount into strict v_told from app.conversions
    where conversions.site_id = base.site_id and conversions.subject_id = base.subject_id
        and conversions.round = base.round and (conversions.revision = 0 or conversions.state <> 'suppressed')
    order by conversions.revision desc limit 1;
    if v_told = correct_conversion.amount then
        return;
    end if;
    insert into app.conversions (
        site_id, subject_id, call_id, kind, round, revision, order_id, conversion_name, click_id_type, click_id,
        clicked_at, occurred_at, amount, currency, state, reason, held_until
    )
    select
        base.site_id, base.subject_id, base.call_id,
        case when correct_conversion.amount = 0 then 'retraction' else 'restatement' end,
        base.round, max(conversions.revision) + 1, base.order_id, base.conversion_name, base.click_id_type,
            base.click_id,
        base.clicked_at,
        -- The adjustment's own time: two in one second would be one to Google.
        greatest(date_trunc('second', now()), max(conversions.occurred_at) + interval '1 second'),
        correct_conversion.amount, base.currency,
        case when v_reason is null then 'held' else 'suppressed' end,
        v_reason,
        greatest(base.occurred_at + site.adjustment_hold, now() + site.undo_window)
    from app.conversions
    where conversions.site_id = base.site_id and conversions.subject_id = base.subject_id
        and conversions.round = base.round;
end;
$$;

comment on function app.correct_conversion(app.sites, app.conversions, numeric) is
'Restates (or, with amount 0, retracts) a conversion that the platform may have seen.';
grant execute on function app.correct_conversion(app.sites, app.conversions, numeric) to app_definer;
