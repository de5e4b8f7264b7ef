create function ops.refuse_consent(site app.sites, doc jsonb, taps app.parsed_event[]) returns void
language plpgsql
set search_path = ''
as $$
begin
    perform ops.count_refusal(site.id, 'consent_required');
    if coalesce(doc ->> 's', '') ~* '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$' then
        perform ops.withdraw_consent(site.id, (doc ->> 's')::uuid);
    end if;
    -- Target and time, nothing else: no visitor, no session, no page.
    insert into app.calls (
        site_id, source, intent_action, intent_target, intent_stamp, tapped_at, last_tap_at, last_action, last_target,
        phone_clicks, whatsapp_clicks, form_submits, marketing_consent, risk, risk_reasons, estimated_value, currency
    )
    select
        site.id, case intent.action when 'form' then 'form' else 'click' end,
        intent.action, intent.target, 'anonymous:' || tap.id, tap.occurred_at, tap.occurred_at, intent.action, intent.target,
        (intent.action = 'phone')::integer, (intent.action = 'whatsapp')::integer, (intent.action = 'form')::integer,
        false, 'high', array['no_consent', 'no_click_id'], site.default_lead_value, site.currency
    from unnest(taps) as tap
    cross join lateral (
        select app.intent_action(tap.action) as action,
            app.canonical_target(app.intent_action(tap.action), tap.label, site.country) as target
    ) as intent
    on conflict on constraint calls_intent_stamp_key do nothing;
end;
$$;

comment on function ops.refuse_consent(app.sites, jsonb, app.parsed_event[]) is 'Without analytics consent only the refusal is counted, and a tap becomes an anonymous card. An earlier yes of that session ends.';
grant execute on function ops.refuse_consent(app.sites, jsonb, app.parsed_event[]) to app_definer;
