create view reporting.conversions
with (security_invoker = true) as
select
    conversions.site_id,
    sites.name as site,
    conversions.id as conversion_id,
    conversions.call_id as intent_id,
    conversions.kind,
    conversions.round,
    conversions.revision,
    conversions.order_id,
    conversions.conversion_name,
    conversions.click_id_type,
    conversions.clicked_at,
    conversions.occurred_at,
    (conversions.occurred_at at time zone sites.time_zone)::date as day,
    conversions.amount,
    conversions.currency,
    conversions.state,
    conversions.reason,
    conversions.held_until,
    conversions.offered_at,
    conversions.decided_at
from app.conversions
join app.sites on sites.id = conversions.site_id;

comment on view reporting.conversions is
'What goes to the ad platform: one row per sale, seal round and correction. Without the click id: order_id finds it '
'there.';
comment on column reporting.conversions.site_id is 'The site. Names may repeat, ids do not.';
comment on column reporting.conversions.site is 'Its name.';
comment on column reporting.conversions.conversion_id is 'The row.';
comment on column reporting.conversions.intent_id is 'The first sealed lead of the round.';
comment on column reporting.conversions.kind is 'conversion, or a later restatement or retraction of it.';
comment on column reporting.conversions.round is 'Raised when a sale is sealed again after a retraction.';
comment on column reporting.conversions.revision is '0 for the conversion, then one per correction.';
comment on column reporting.conversions.order_id is 'Its name at the platform. Holds no personal data.';
comment on column reporting.conversions.conversion_name is 'Conversion action at the platform.';
comment on column reporting.conversions.click_id_type is 'gclid, gbraid or wbraid.';
comment on column reporting.conversions.clicked_at is 'When the click was first seen.';
comment on column reporting.conversions.occurred_at is 'Exported time.';
comment on column reporting.conversions.day is 'Day of occurred_at in the site''s zone.';
comment on column reporting.conversions.amount is 'Sum of the visit''s sealed leads.';
comment on column reporting.conversions.currency is 'ISO 4217.';
comment on column reporting.conversions.state is 'held, offered (visible in the feed), accepted, rejected or suppressed.';
comment on column reporting.conversions.reason is 'Why it is not exported, or why it was rejected.';
comment on column reporting.conversions.held_until is 'Until when it is held back.';
comment on column reporting.conversions.offered_at is 'When it entered the feed.';
comment on column reporting.conversions.decided_at is 'When the platform''s answer was imported.';

grant select on reporting.conversions to analyst;
