create view reporting.sessions
with (security_invoker = true) as
select
    sessions.site_id,
    sites.name as site,
    sessions.id as session_id,
    sessions.created_month as month,
    sessions.created_at as started_at,
    (sessions.created_at at time zone sites.time_zone)::date as day,
    extract(hour from sessions.created_at at time zone sites.time_zone)::integer as hour,
    extract(epoch from sessions.last_event_at - sessions.first_event_at)::integer as duration_seconds,
    left(encode(sha256(convert_to(
        (select access.pseudonym_salt()) || sessions.site_id || sessions.visitor_id, 'UTF8'
    )), 'hex'), 16) as visitor,
    sessions.first_of_day as is_first_of_day,
    sessions.first_ads_of_day as is_first_ads_of_day,
    sessions.is_ads,
    sessions.attribution::text as attribution,
    sessions.utm_source,
    sessions.utm_medium,
    sessions.utm_campaign,
    sessions.utm_term as keyword,
    sessions.utm_content,
    sessions.matchtype,
    sessions.network,
    sessions.placement,
    sessions.referrer_host,
    sessions.entry_page as landing_page,
    sessions.exit_page,
    sessions.device_type::text as device_type,
    sessions.device_os,
    sessions.country,
    sessions.city,
    sessions.district,
    sessions.event_count::integer as events,
    sessions.page_views::integer as page_views,
    sessions.conversion_count::integer as taps,
    sessions.signals,
    sessions.score::integer as score
from app.sessions
join app.sites on sites.id = sessions.site_id
where not sessions.is_bot;

comment on view reporting.sessions is
'One row per visit of the sites that your login may see; machines are left out. Partitioned by month: bound month '
'in every query, as in month >= ''2026-10-01''. No personal data.';
comment on column reporting.sessions.site_id is 'The site. Names may repeat, ids do not.';
comment on column reporting.sessions.site is 'Its name.';
comment on column reporting.sessions.session_id is 'The visit.';
comment on column reporting.sessions.month is 'First day of the month in which it began, UTC: the partition. Bound it.';
comment on column reporting.sessions.started_at is 'When it began.';
comment on column reporting.sessions.day is 'Day of started_at in the site''s zone.';
comment on column reporting.sessions.hour is 'Hour of started_at in the site''s zone, 0-23.';
comment on column reporting.sessions.duration_seconds is 'From the first event to the last, by the server''s clock.';
comment on column reporting.sessions.visitor is 'Pseudonym of the browser, the same within a site and nowhere else. Null without consent or after erasure.';
comment on column reporting.sessions.is_first_of_day is 'First visit of this visitor on that day: summing gives daily visitors.';
comment on column reporting.sessions.is_first_ads_of_day is 'First paid visit of this visitor on that day.';
comment on column reporting.sessions.is_ads is 'From a paid click.';
comment on column reporting.sessions.attribution is 'What brought the visit, first touch that paid wins.';
comment on column reporting.sessions.utm_source is 'First touch.';
comment on column reporting.sessions.utm_medium is 'First touch, lower case.';
comment on column reporting.sessions.utm_campaign is 'First touch.';
comment on column reporting.sessions.keyword is 'The keyword of the ad (utm_term).';
comment on column reporting.sessions.utm_content is 'First touch.';
comment on column reporting.sessions.matchtype is 'e exact, p phrase, b broad.';
comment on column reporting.sessions.network is 'Ad network as the platform names it.';
comment on column reporting.sessions.placement is 'Where the ad stood.';
comment on column reporting.sessions.referrer_host is 'Host that linked here, lower case.';
comment on column reporting.sessions.landing_page is 'First page: path and utm keys, no click ids.';
comment on column reporting.sessions.exit_page is 'Page of the latest event.';
comment on column reporting.sessions.device_type is 'mobile, tablet, desktop or unknown.';
comment on column reporting.sessions.device_os is 'Operating system.';
comment on column reporting.sessions.country is 'From the proxy''s geo header.';
comment on column reporting.sessions.city is 'From the proxy''s geo header.';
comment on column reporting.sessions.district is 'From the proxy''s geo header.';
comment on column reporting.sessions.events is 'Events without heartbeats and session ends.';
comment on column reporting.sessions.page_views is 'Page views.';
comment on column reporting.sessions.taps is 'Taps on phone and WhatsApp, and sent forms.';
comment on column reporting.sessions.signals is 'The distinct signals that make the score.';
comment on column reporting.sessions.score is '0-100.';

grant select on reporting.sessions to analyst;
