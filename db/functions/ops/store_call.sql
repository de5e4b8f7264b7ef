create function ops.store_call(site app.sites, doc jsonb, out status text, out call_id uuid, out suspicious boolean)
returns record
language plpgsql
set search_path = ''
as $$
declare
    v_report_id text := app.text_of(doc -> 'id', 100);
    v_said_at numeric := case when jsonb_typeof(doc -> 'at') = 'number' then (doc ->> 'at')::numeric end;
    v_at timestamptz := now();
    v_from text;
    v_to text := app.canonical_target('phone', app.text_of(doc -> 'to', 40), site.country);
    v_found record;
    v_session app.sessions;
begin
    insert into ops.call_reports (site_id, report_id) values (site.id, v_report_id)
    on conflict on constraint call_reports_pkey do nothing;
    if not found then
        select 'duplicate', call_reports.call_id into status, call_id from ops.call_reports
        where call_reports.site_id = site.id and call_reports.report_id = v_report_id;
        return;
    end if;
    -- The provider's clock is signed, and still only believed within a week.
    if v_said_at between extract(epoch from now() - interval '7 days') and extract(epoch from now()) then
        v_at := to_timestamp(v_said_at);
    end if;
    begin
        v_from := access.require_phone(app.text_of(doc -> 'from', 40), site.country);
    exception when sqlstate 'PT400' then
        v_from := null;  -- withheld, or an extension: the call is a lead all the same
    end;
    select found.* into v_found
    from ops.call_session(
        site.id, v_at, app.text_of(doc -> 'visitor', 64), app.text_of(doc -> 'click_id', 512), v_to
    ) as found;
    suspicious := v_found.is_suspicious;
    select sessions.* into v_session from app.sessions
    where sessions.site_id = site.id and sessions.id = v_found.session_id
        and sessions.created_month = v_found.session_month;
    if v_session.id is not null then
        perform app.lock_subject(v_session.id);
        -- The open card, or the one that was judged just before: it is the same person.
        update app.calls set
            caller_phone = coalesce(calls.caller_phone, v_from),
            last_tap_at = greatest(calls.last_tap_at, v_at),
            last_action = case when v_at >= calls.last_tap_at then 'call' else calls.last_action end,
            last_target = case when v_at >= calls.last_tap_at then v_to else calls.last_target end
        where calls.site_id = site.id and calls.id = (
            select card.id from app.calls as card
            where card.site_id = site.id and card.session_id = v_session.id and card.deleted_at is null
                and (card.status = 'intent' or card.judged_at > now() - interval '30 minutes')
            order by card.status = 'intent' desc, card.judged_at desc
            limit 1
        )
        returning calls.id into call_id;
        status := 'joined';
    end if;
    if call_id is null then
        status := case when v_session.id is null then 'unmatched' else 'stored' end;
        insert into app.calls (
            site_id, session_id, session_month, visitor_id, source, intent_action, intent_target, intent_stamp,
            caller_phone, suspicious, tapped_at, last_tap_at, last_action, last_target, is_ads, click_id_type, click_id,
            clicked_at, attribution, utm_source, utm_medium, utm_campaign, utm_term, matchtype, network, entry_page,
            referrer_host, device_type, device_os, city, district, marketing_consent, lead_score, score_breakdown, risk,
            risk_reasons, estimated_value, currency
        )
        select
            site.id, v_session.id, v_session.created_month, v_session.visitor_id, 'api', 'call', v_to,
            -- Reports are remembered for 90 days; a provider that counts from the start again reports another call.
            'call:' || v_report_id || ':' || (now() at time zone 'UTC')::date,
            v_from, suspicious, v_at, v_at, 'call', v_to, coalesce(v_session.is_ads, false),
            click.click_id_type, click.click_id, v_session.clicked_at, v_session.attribution, v_session.utm_source,
            v_session.utm_medium, v_session.utm_campaign, v_session.utm_term, v_session.matchtype, v_session.network,
            v_session.entry_page, v_session.referrer_host, v_session.device_type, v_session.device_os, v_session.city,
            v_session.district, v_session.marketing_consent, coalesce(v_session.score, 0),
            app.score_breakdown(coalesce(v_session.signals, '{}')),
            case when risk.reasons = '{}' then 'low' else 'high' end, risk.reasons,
            app.estimated_value(site.id, v_session.utm_term), site.currency
        from app.click_of(v_session) as click
        cross join lateral (
            select case when v_session.id is null then array['no_click_id'] else app.risk_reasons(v_session) end
        ) as risk (reasons)
        returning calls.id into call_id;
    end if;
    update ops.call_reports set call_id = store_call.call_id
    where call_reports.site_id = site.id and call_reports.report_id = v_report_id;
end;
$$;

comment on function ops.store_call(app.sites, jsonb) is
'A reported call: joins the card of the session that caused it, or opens one. Counts once per report.';
grant execute on function ops.store_call(app.sites, jsonb) to app_definer;
