create function app.write_conversion(
    site app.sites, subject_id uuid, sale app.sale, round integer, previous_at timestamptz, reason text
) returns void
language plpgsql
set search_path = ''
as $$
declare
    v_at timestamptz;
    v_is_google boolean := coalesce(sale.click_id_type in ('gclid', 'gbraid', 'wbraid')
        and sale.clicked_at is not null, false);
begin
    -- Whole seconds, after the click, later than a retracted round, never in the future.
    v_at := date_trunc('second', greatest(
        case site.conversion_time_basis when 'seal' then sale.sealed_at else sale.tapped_at end,
        sale.clicked_at + interval '1 second',
        previous_at + interval '1 second'
    ));
    v_at := greatest(least(v_at, date_trunc('second', now())), sale.clicked_at);
    -- Two conversions of one click in the same second would be one to Google. Two sessions may carry the same click.
    perform pg_advisory_xact_lock(hashtextextended('click:' || site.id || coalesce(sale.click_id, ''), 0));
    while exists (
        select from app.conversions
        where conversions.site_id = site.id and conversions.click_id = sale.click_id and conversions.kind = 'conversion'
            and conversions.conversion_name = site.conversion_name and conversions.occurred_at = v_at
            and (conversions.subject_id, conversions.round) <> (write_conversion.subject_id, write_conversion.round)
    ) loop
        v_at := v_at + interval '1 second';
    end loop;
    insert into app.conversions as conversion (
        site_id, subject_id, call_id, kind, round, order_id, conversion_name, click_id_type, click_id, clicked_at,
        occurred_at, amount, currency, ad_user_data, state, reason, held_until
    ) values (
        site.id, subject_id, sale.call_id, 'conversion', round,
        'om-' || left(encode(sha256(convert_to(site.id || ':' || subject_id || ':' || round, 'UTF8')), 'hex'), 32),
        site.conversion_name,
        case when v_is_google then sale.click_id_type end,
        case when v_is_google then sale.click_id end,
        case when v_is_google then sale.clicked_at end,
        v_at, sale.amount, site.currency,
        case when site.consent_mode = 'required' and sale.is_consent_given then 'Granted' end,
        case when reason is null then 'held' else 'suppressed' end,
        reason,
        greatest(sale.clicked_at + site.conversion_hold, sale.last_sealed_at + site.undo_window)
    )
    on conflict on constraint conversions_revision_key do update set
        call_id = excluded.call_id,
        conversion_name = excluded.conversion_name,
        click_id_type = excluded.click_id_type,
        click_id = excluded.click_id,
        clicked_at = excluded.clicked_at,
        occurred_at = excluded.occurred_at,
        amount = excluded.amount,
        currency = excluded.currency,
        ad_user_data = excluded.ad_user_data,
        state = excluded.state,
        reason = excluded.reason,
        held_until = excluded.held_until;
end;
$$;

comment on function app.write_conversion(app.sites, uuid, app.sale, integer, timestamptz, text) is
'Writes a round''s conversion, or says it anew while the platform has not seen it.';
grant execute on function app.write_conversion(app.sites, uuid, app.sale, integer, timestamptz, text) to app_definer;
