create function access.intent_columns() returns text[]
language sql
immutable
set search_path = ''
return array[
    'tapped_at', 'status', 'action', 'target', 'reference', 'caller_phone', 'note', 'sale_amount', 'currency',
    'sealed_at', 'sealed_by', 'source', 'attribution', 'utm_source', 'utm_medium', 'utm_campaign', 'keyword',
    'matchtype', 'network', 'entry_page', 'referrer_host', 'device_type', 'device_os', 'city', 'district',
    'phone_clicks', 'whatsapp_clicks', 'form_submits', 'lead_score', 'risk', 'risk_reasons', 'oci_status',
    'oci_reason', 'click_id_type', 'click_id', 'card_id'
];

comment on function access.intent_columns() is 'Headings of the cells of access.intent_cells.';
grant execute on function access.intent_columns() to authenticated;
