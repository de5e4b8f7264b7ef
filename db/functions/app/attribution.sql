create function app.attribution(
    has_google_click boolean,
    has_social_click boolean,
    utm_medium text,
    referrer_host text,
    is_returning_ads boolean
) returns text
language sql
immutable
parallel safe
return case
    when has_google_click then 'First Click (Paid)'
    when app.is_social(referrer_host) and (has_social_click or app.is_ads(false, utm_medium)) then 'Paid Social'
    when app.is_ads(false, utm_medium) then 'Paid (UTM)'
    when is_returning_ads and app.is_google(referrer_host) then 'Ads Assisted'
    when has_social_click then 'Paid Social'
    when app.is_social(referrer_host) then 'Social'
    when app.is_google(referrer_host) or app.host_in(
            referrer_host,
            array[
                'bing.com', 'yahoo.com', 'yandex.com', 'yandex.com.tr', 'yandex.ru', 'ya.ru', 'duckduckgo.com',
                'ecosia.org',
                'baidu.com', 'search.brave.com', 'startpage.com', 'qwant.com'
            ]
        ) then 'Organic'
    when referrer_host is not null then 'Referral'
    else 'Direct'
end;

comment on function app.attribution(boolean, boolean, text, text, boolean) is
'Attribution of a session, in the order of DOMAIN.';
grant execute on function app.attribution(boolean, boolean, text, text, boolean) to app_definer;
