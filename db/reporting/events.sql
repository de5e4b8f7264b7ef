create view reporting.events
with (security_invoker = true) as
select
    events.site_id,
    sites.name as site,
    events.session_id,
    events.id::bigint as event_id,
    events.created_month as month,
    events.occurred_at,
    (events.occurred_at at time zone sites.time_zone)::date as day,
    events.category::text as category,
    events.action::text as action,
    case when events.category = 'conversion' then events.label end as target,
    events.value,
    events.url::text as page,
    sessions.is_ads,
    sessions.attribution::text as attribution,
    sessions.device_type::text as device_type
from app.events
join app.sites on sites.id = events.site_id
join app.sessions
    on sessions.site_id = events.site_id and sessions.id = events.session_id
    and sessions.created_month = events.created_month
where not sessions.is_bot;

comment on view reporting.events is
'One row per event of the visits in reporting.sessions. Partitioned by the month of the visit: bound month in every '
'query. What a page sends as its own metadata is not shown, nor are labels other than of taps and forms: either may '
'hold anything.';
comment on column reporting.events.site_id is 'The site. Names may repeat, ids do not.';
comment on column reporting.events.site is 'Its name.';
comment on column reporting.events.session_id is 'The visit.';
comment on column reporting.events.event_id is 'Number of the event, unique within its visit.';
comment on column reporting.events.month is 'First day of the month in which the visit began, UTC: the partition. Bound it.';
comment on column reporting.events.occurred_at is 'When it happened, by the server''s clock.';
comment on column reporting.events.day is 'Day of occurred_at in the site''s zone.';
comment on column reporting.events.category is 'page, interaction, conversion or system (heartbeats and session ends).';
comment on column reporting.events.action is 'page_view, scroll, hover_contact, phone_call, whatsapp, form_submit, heartbeat, session_end, or the page''s own.';
comment on column reporting.events.target is 'Number, link or form of a tap: the business''s own.';
comment on column reporting.events.value is 'Percent of a scroll, milliseconds of a session_end, else the page''s own.';
comment on column reporting.events.page is 'Path and utm keys, no click ids.';
comment on column reporting.events.is_ads is 'The visit came from a paid click.';
comment on column reporting.events.attribution is 'What brought the visit.';
comment on column reporting.events.device_type is 'mobile, tablet, desktop or unknown.';

grant select on reporting.events to analyst;
