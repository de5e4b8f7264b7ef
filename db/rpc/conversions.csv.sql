create function api."conversions.csv"() returns api."*/*"
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
            || 'Google Click ID,GBRAID,WBRAID,Conversion Name,Conversion Time,Conversion Value,'
            || 'Conversion Currency,Order ID,'
            || 'Email,Phone Number,Ad User Data,Ad Personalization' || chr(10)
            || coalesce(string_agg(
                app.csv_row(array[
                    case conversions.click_id_type when 'gclid' then conversions.click_id end,
                    case conversions.click_id_type when 'gbraid' then conversions.click_id end,
                    case conversions.click_id_type when 'wbraid' then conversions.click_id end,
                    conversions.conversion_name,
                    to_char(conversions.occurred_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS'),
                    conversions.amount::text,
                    conversions.currency,
                    conversions.order_id,
                    null,
                    null,
                    conversions.ad_user_data,
                    conversions.ad_user_data
                ]),
                '' order by conversions.occurred_at, conversions.order_id
            ), '')
        from app.conversions
        join app.sites on sites.id = conversions.site_id
        where conversions.site_id = v_site_id and conversions.kind = 'conversion' and conversions.state = 'offered'
            and conversions.occurred_at <= now()
            and conversions.clicked_at > now() - make_interval(days => sites.conversion_window_days)
            -- A sale taken back is not told again, whether or not the platform has heard of it.
            and not exists (
                select from app.conversions as retraction
                where retraction.site_id = conversions.site_id and retraction.subject_id = conversions.subject_id
                    and retraction.round = conversions.round and retraction.kind = 'retraction'
                    and coalesce(retraction.reason, '') <> 'superseded'
            )
    );
end;
$$;

comment on function api."conversions.csv"() is
$$The sealed sales of a site for Google Ads (dialect upload): GET /rpc/conversions.csv with Basic credentials
that select the site.

A rolling window is served again on every pull; GET changes nothing. 401 for wrong or missing credentials.$$;

grant execute on function api."conversions.csv"() to anon;
