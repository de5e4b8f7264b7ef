create function app.stats_value(
    dimension text, attribution text, utm_source text, utm_campaign text, utm_term text, matchtype text, network text,
    device_type text, device_os text, city text, district text, entry_page text, referrer_host text
) returns text
language sql
immutable
parallel safe
return coalesce(left(case dimension
    when 'total' then ''
    when 'attribution' then attribution
    when 'source'
        then coalesce(
                nullif(lower(utm_source), ''),
                case when referrer_host like 'www.%' then substr(referrer_host, 5) else referrer_host end,
                case when attribution is not null then 'direct' end
            )
    when 'campaign' then utm_campaign
    when 'keyword' then utm_term
    when 'matchtype' then matchtype
    when 'network' then network
    when 'device' then device_type
    when 'os' then device_os
    when 'city' then city
    when 'district' then district
    when 'landing_page' then split_part(entry_page, '?', 1)
end, 256), '');

comment on function app.stats_value(text, text, text, text, text, text, text, text, text, text, text, text, text) is
'Where a session or card belongs in a dimension; empty: nowhere. Made only of what erasing a person '
'leaves, so that no number changes by it. source: utm_source, else the referrer, else direct.';
grant execute on function app.stats_value(
    text, text, text, text, text, text, text, text, text, text, text, text, text
) to authenticated;
