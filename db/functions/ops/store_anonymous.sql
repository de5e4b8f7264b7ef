create function ops.store_anonymous(site app.sites, taps app.parsed_event[]) returns integer
language plpgsql
set search_path = ''
as $$
declare
    v_stored integer;
begin
    insert into app.calls (
        site_id, source, intent_action, intent_target, intent_stamp, tapped_at, last_tap_at, last_action, last_target,
        phone_clicks, whatsapp_clicks, form_submits, marketing_consent, risk, risk_reasons, estimated_value, currency
    )
    select
        site.id, case intent.action when 'form' then 'form' else 'click' end,
        intent.action, intent.target, 'anonymous:' || tap.id, tap.occurred_at, tap.occurred_at, intent.action,
            intent.target,
        (intent.action = 'phone')::integer, (intent.action = 'whatsapp')::integer, (intent.action = 'form')::integer,
        false, 'high', array['no_consent', 'no_click_id'], site.default_lead_value, site.currency
    from unnest(taps) as tap
    cross join lateral (
        select app.intent_action(tap.action) as action,
            app.canonical_target(app.intent_action(tap.action), tap.label, site.country) as target
    ) as intent
    on conflict on constraint calls_intent_stamp_key do nothing;
    get diagnostics v_stored = row_count;
    return v_stored;
end;
$$;

comment on function ops.store_anonymous(app.sites, app.parsed_event[]) is
'Taps without consent: cards with target and time and nothing else. Returns how many are new.';
grant execute on function ops.store_anonymous(app.sites, app.parsed_event[]) to app_definer;
