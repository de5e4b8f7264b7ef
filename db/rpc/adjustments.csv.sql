create function api."adjustments.csv"() returns api."*/*"
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
    v_site_id uuid := access.feed_site_id();
begin
    if v_site_id is null then
        return 'Wrong user name or password.' || chr(10);
    end if;
    perform access.refuse(200, '[{"Content-Type": "text/csv; charset=utf-8"}, {"Cache-Control": "no-store"}]');
    return (
        select
            'Parameters:TimeZone=+0000' || chr(10)
            || 'Order ID,Conversion Name,Adjustment Time,'
            || 'Adjustment Type,Adjusted Value,Adjusted Value Currency' || chr(10)
            || coalesce(string_agg(
                app.csv_row(array[
                    correction.order_id,
                    correction.conversion_name,
                    to_char(correction.occurred_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS'),
                    case correction.kind when 'retraction' then 'RETRACT' else 'RESTATE' end,
                    case correction.kind when 'restatement' then correction.amount::text end,
                    case correction.kind when 'restatement' then correction.currency end
                ]),
                '' order by correction.occurred_at, correction.order_id
            ), '')
        from app.conversions as correction
        join app.conversions as base
            on base.site_id = correction.site_id and base.subject_id = correction.subject_id
            and base.round = correction.round and base.revision = 0
        where correction.site_id = v_site_id and correction.kind <> 'conversion' and correction.state = 'offered'
            and correction.occurred_at <= now()
            -- Google takes corrections of conversions up to 54 days old.
            and base.occurred_at > now() - interval '54 days'
    );
end;
$$;

comment on function api."adjustments.csv"() is
$$Restatements and retractions of conversions that were offered before: GET /rpc/adjustments.csv, same
credentials as conversions.csv.

Never in one file with new conversions. 401 for wrong or missing credentials.$$;

grant execute on function api."adjustments.csv"() to anon;
