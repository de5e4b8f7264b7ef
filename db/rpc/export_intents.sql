create function api.export_intents(
    site_id uuid,
    since timestamptz,
    until timestamptz,
    status text default null,
    ads_only boolean default false,
    separator text default ';'
) returns api."*/*"
language plpgsql
stable
set search_path = ''
as $$
declare
    v_zone text;
    v_rows bigint;
begin
    -- null is as if it was not said.
    ads_only := coalesce(ads_only, false);
    perform access.require_role(site_id, 'editor');
    select sites.time_zone into strict v_zone from app.sites where sites.id = export_intents.site_id;
    perform app.require_range(since, until, v_zone);
    perform access.require_separator(separator);
    if status is not null and status not in ('intent', 'confirmed', 'junk', 'cancelled') then
        raise sqlstate 'PT400' using
            message = 'invalid_status',
            hint = 'Use intent, confirmed, junk or cancelled, or leave it out.';
    end if;
    select count(*) into v_rows from (
        select from app.calls
        where calls.site_id = export_intents.site_id and calls.tapped_at >= since and calls.tapped_at < until
            and calls.deleted_at is null
        limit 50001
    ) as found;
    if v_rows > 50000 then
        raise sqlstate 'PT400' using
            message = 'too_many_rows',
            detail = 'A download holds at most 50,000 cards.',
            hint = 'Ask for a shorter range.';
    end if;
    perform access.send_sheet('intents', site_id, since, until);
    return (
        -- The mark by which Excel knows UTF-8.
        select U&'\FEFF' || array_to_string(array[
            'tapped_at', 'status', 'action', 'target', 'reference', 'caller_phone', 'note', 'sale_amount', 'currency',
            'sealed_at', 'sealed_by', 'source', 'attribution', 'utm_source', 'utm_medium', 'utm_campaign', 'keyword',
            'matchtype', 'network', 'entry_page', 'referrer_host', 'device_type', 'device_os', 'city', 'district',
            'phone_clicks', 'whatsapp_clicks', 'form_submits', 'lead_score', 'risk', 'risk_reasons',
            'oci_status', 'oci_reason',
            'click_id_type', 'click_id', 'card_id'
        ], separator) || E'\r\n' || coalesce(string_agg(array_to_string(array[
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
        ], separator, '') || E'\r\n', '' order by card.tapped_at, card.id), '')
        from access.cards(site_id, array(
            select calls.id from app.calls
            where calls.site_id = export_intents.site_id and calls.tapped_at >= since and calls.tapped_at < until
                and calls.deleted_at is null
                and (export_intents.status is null or calls.status = export_intents.status)
                and (calls.is_ads or not ads_only)
        )) as card
    );
end;
$$;

comment on function api.export_intents(uuid, timestamptz, timestamptz, text, boolean, text) is
$$The leads tapped in [since, until), at most 186 days, as a file for Excel: UTF-8 with its mark, times of the site's
zone, formulas defused by an apostrophe. With callers' numbers and notes: editors and owners.

separator ; (default: numbers with a decimal comma, what Excel expects in Turkey) or , (decimal point). At most 50,000
cards. 404 site_not_found. 403 editor_required. 400 invalid_range, invalid_status, invalid_separator, too_many_rows.$$;

grant execute on function api.export_intents(uuid, timestamptz, timestamptz, text, boolean, text) to authenticated;
