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
    v_cards uuid[];
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
    v_cards := array(
        select calls.id from app.calls
        where calls.site_id = export_intents.site_id and calls.tapped_at >= since and calls.tapped_at < until
            and calls.deleted_at is null
            and (export_intents.status is null or calls.status = export_intents.status)
            and (calls.is_ads or not ads_only)
        order by calls.tapped_at, calls.id
        limit 50001
    );
    if cardinality(v_cards) > 50000 then
        raise sqlstate 'PT400' using
            message = 'too_many_rows',
            detail = 'A download holds at most 50,000 cards.',
            hint = 'Ask for a shorter range.';
    end if;
    perform access.send_sheet('intents', site_id, since, until);
    return (
        -- The mark by which Excel knows UTF-8.
        select U&'\FEFF' || array_to_string(access.intent_columns(), separator) || E'\r\n'
            || coalesce(string_agg(array_to_string(line.cells, separator, '') || E'\r\n', ''), '')
        from access.intent_cells(site_id, v_cards, separator) as line
    );
exception
    -- The role's statement_timeout, which otherwise answers 500 in PostgREST's words.
    when query_canceled then
        raise sqlstate 'PT503' using
            message = 'took_too_long',
            detail = 'The download was not ready within the time that a request has.',
            hint = 'Ask for a shorter range, or try again later.';
end;
$$;

comment on function api.export_intents(uuid, timestamptz, timestamptz, text, boolean, text) is
$$The leads tapped in [since, until), at most 186 days, as a file for Excel: UTF-8 with its mark, times of the site's
zone, formulas defused by an apostrophe. With callers' numbers and notes: editors and owners.

separator ; (default: numbers with a decimal comma, what Excel expects in Turkey) or , (decimal point). At most 50,000
cards. 404 site_not_found. 403 editor_required. 400 invalid_range, invalid_status, invalid_separator, too_many_rows.
503 took_too_long.$$;

grant execute on function api.export_intents(uuid, timestamptz, timestamptz, text, boolean, text) to authenticated;
