create function app.card(call app.calls, conflict text default null, conflict_call_id uuid default null)
returns app.card
language sql
stable
set search_path = ''
as $$
    select
        call.id,
        call.site_id,
        call.session_id,
        call.status,
        call.version,
        call.source,
        call.intent_action,
        call.intent_target,
        call.reference,
        call.caller_phone,
        call.tapped_at,
        call.received_at,
        call.last_tap_at,
        call.last_action,
        call.last_target,
        call.phone_clicks,
        call.whatsapp_clicks,
        call.form_submits,
        call.suspicious,
        call.is_ads,
        call.click_id_type,
        call.click_id,
        call.attribution,
        call.utm_source,
        call.utm_campaign,
        call.utm_term,
        call.matchtype,
        call.entry_page,
        call.device_type,
        call.device_os,
        call.city,
        call.district,
        call.lead_score,
        call.score_breakdown,
        call.risk,
        call.risk_reasons,
        call.estimated_value,
        call.sale_amount,
        call.currency,
        call.note,
        call.sealed_at,
        call.sealed_by,
        call.judged_action,
        call.judged_at,
        call.judged_by,
        call.oci_status,
        call.oci_reason,
        call.oci_held_until,
        call.updated_at,
        app.cursor_of(call.received_at, call.id),
        conflict,
        conflict_call_id;
$$;

comment on function app.card(app.calls, text, uuid) is 'A row of app.calls as the card that clients see.';
grant execute on function app.card(app.calls, text, uuid) to authenticated;
