create function access.intent_cells(site_id uuid, call_ids uuid[], separator text) returns table (cells text[])
language plpgsql
stable
set search_path = ''
as $$
declare
    v_zone text;
begin
    select sites.time_zone into strict v_zone from app.sites where sites.id = intent_cells.site_id;
    return query
    select array[
        to_char(card.tapped_at at time zone v_zone, 'YYYY-MM-DD HH24:MI:SS'),
        card.status,
        card.intent_action,
        app.sheet_cell(card.intent_target, separator),
        card.reference,
        app.sheet_cell(card.caller_phone, separator),
        app.sheet_cell(card.note, separator),
        case separator when ';' then replace(card.sale_amount::text, '.', ',') else card.sale_amount::text end,
        case when card.sale_amount is not null then card.currency end,
        to_char(card.sealed_at at time zone v_zone, 'YYYY-MM-DD HH24:MI:SS'),
        app.sheet_cell(card.sealed_by_name, separator),
        card.source,
        card.attribution,
        app.sheet_cell(card.utm_source, separator),
        app.sheet_cell(card.utm_medium, separator),
        app.sheet_cell(card.utm_campaign, separator),
        app.sheet_cell(card.keyword, separator),
        app.sheet_cell(card.matchtype, separator),
        app.sheet_cell(card.network, separator),
        app.sheet_cell(card.entry_page, separator),
        app.sheet_cell(card.referrer_host, separator),
        card.device_type,
        card.device_os,
        app.sheet_cell(card.city, separator),
        app.sheet_cell(card.district, separator),
        card.phone_clicks::text,
        card.whatsapp_clicks::text,
        card.form_submits::text,
        card.lead_score::text,
        card.risk,
        array_to_string(card.risk_reasons, ' '),
        card.oci_status,
        card.oci_reason,
        card.click_id_type,
        app.sheet_cell(card.click_id, separator),
        card.id::text
    ]
    from access.cards(site_id, call_ids) as card;
end;
$$;

comment on function access.intent_cells(uuid, uuid[], text) is
'Cards as lines of a sheet, in the order of the ids: defused and with decimal commas as the separator asks. Without a '
'separator each cell is the bare text.';
grant execute on function access.intent_cells(uuid, uuid[], text) to authenticated;
