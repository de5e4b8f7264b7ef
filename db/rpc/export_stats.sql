create function api.export_stats(
    site_id uuid,
    since timestamptz,
    until timestamptz,
    granularity text default 'day',
    ads_only boolean default true,
    separator text default ';'
) returns api."*/*"
language plpgsql
stable
set search_path = ''
as $$
declare
    v_lines text;
begin
    perform access.require_role(site_id, 'editor');
    perform access.require_separator(separator);
    select coalesce(string_agg(array_to_string(array[
        stats.label,
        stats.sessions::text,
        stats.ads_sessions::text,
        stats.visitors::text,
        stats.events::text,
        stats.page_views::text,
        stats.intents::text,
        stats.phone::text,
        stats.whatsapp::text,
        stats.form::text,
        stats.call::text,
        stats.pending::text,
        stats.sealed::text,
        stats.junk::text,
        stats.cancelled::text,
        case separator when ';' then replace(stats.cvr::text, '.', ',') else stats.cvr::text end,
        case separator when ';' then replace(stats.revenue_by_lead_day::text, '.', ',')
            else stats.revenue_by_lead_day::text end,
        case separator when ';' then replace(stats.revenue_by_seal_day::text, '.', ',')
            else stats.revenue_by_seal_day::text end,
        case separator when ';' then replace(stats.budget_saved::text, '.', ',') else stats.budget_saved::text end,
        stats.currency
    ], separator, '') || E'\r\n', '' order by stats.bucket_at), '')
    into v_lines
    from api.dashboard_timeline(site_id, since, until, granularity, ads_only) as stats;
    perform access.send_sheet('stats', site_id, since, until);
    -- The mark by which Excel knows UTF-8.
    return U&'\FEFF' || array_to_string(array[
        'from', 'sessions', 'ads_sessions', 'visitors', 'events', 'page_views', 'intents', 'phone', 'whatsapp', 'form',
        'call', 'pending', 'sealed', 'junk', 'cancelled', 'cvr', 'revenue_by_lead_day', 'revenue_by_seal_day',
        'budget_saved', 'currency'
    ], separator) || E'\r\n' || v_lines;
end;
$$;

comment on function api.export_stats(uuid, timestamptz, timestamptz, text, boolean, text) is
$$The numbers of dashboard_timeline over [since, until) as a file for Excel: UTF-8 with its mark.

separator ; (default: numbers with a decimal comma, what Excel expects in Turkey) or , (decimal point).
404 site_not_found. 403 editor_required. 400 invalid_range, invalid_granularity, too_many_buckets, invalid_separator.$$;

grant execute on function api.export_stats(uuid, timestamptz, timestamptz, text, boolean, text) to authenticated;
