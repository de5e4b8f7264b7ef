create function app.refresh_conversion(site_id uuid, subject_id uuid) returns void
language plpgsql
set search_path = ''
as $$
declare
    v_site app.sites;
    v_base app.conversions;
    v_last app.conversions;
    v_sale app.sale;
    v_reason text;
    v_previous_at timestamptz;
begin
    perform app.lock_subject(subject_id);
    select sites.* into strict v_site from app.sites where sites.id = refresh_conversion.site_id;
    v_sale := app.sale_of_subject(v_site, subject_id);
    select conversions.* into v_base from app.conversions
    where conversions.site_id = v_site.id and conversions.subject_id = refresh_conversion.subject_id
        and conversions.revision = 0
    order by conversions.round desc limit 1;
    if v_base.reason = 'erased' then
        -- Nothing is told about a person any more.
        return;
    end if;
    select conversions.* into v_last from app.conversions
    where conversions.site_id = v_site.id and conversions.subject_id = refresh_conversion.subject_id
        and conversions.round = v_base.round and (conversions.revision = 0 or conversions.state <> 'suppressed')
    order by conversions.revision desc limit 1;

    select max(conversions.occurred_at) into v_previous_at from app.conversions
    where conversions.site_id = v_site.id and conversions.subject_id = refresh_conversion.subject_id
        and conversions.round < v_base.round;

    if v_sale.cards = 0 and v_base.id is null then
        return;
    end if;
    v_reason := case when v_sale.cards = 0 then 'cancelled' else app.conversion_refusal(
        v_sale.is_consent_denied, v_sale.click_id_type, v_sale.click_id, v_sale.clicked_at, v_sale.amount,
        v_site.conversion_window_days
    ) end;

    if v_base.id is null or (v_last.kind = 'retraction' and v_last.state <> 'held' and v_reason is null) then
        -- Nothing yet, or taken back at the platform: a new order id and a later time.
        perform app.write_conversion(v_site, subject_id, v_sale, coalesce(v_base.round, 0) + 1,
            v_base.occurred_at, v_reason);
    elsif v_base.state in ('held', 'suppressed') and v_base.offered_at is null then
        -- The platform has not seen it: say it anew.
        if v_sale.cards = 0 then
            update app.conversions set state = 'suppressed', reason = v_reason
            where conversions.site_id = v_base.site_id and conversions.id = v_base.id;
        else
            perform app.write_conversion(v_site, subject_id, v_sale, v_base.round, v_previous_at, v_reason);
        end if;
    elsif v_base.state = 'rejected' then
        return;
    elsif v_reason = 'no_marketing_consent' then
        -- A withdrawal stops every row at once, the offered ones too.
        update app.conversions set state = 'suppressed', reason = v_reason
        where conversions.site_id = v_base.site_id and conversions.subject_id = v_base.subject_id
            and conversions.state in ('held', 'offered');
    elsif v_last.kind = 'retraction' and v_last.state <> 'held' then
        return;
    elsif v_base.state in ('offered', 'accepted') then
        perform app.correct_conversion(
            v_site, v_base, case when v_reason in ('cancelled', 'no_amount') then 0 else v_sale.amount end
        );
    end if;
end;
$$;

comment on function app.refresh_conversion(uuid, uuid) is
'Brings the conversion of a session into step with its sealed cards: one per session, restated, '
'retracted or suppressed as DOMAIN says.';
grant execute on function app.refresh_conversion(uuid, uuid) to app_definer;
