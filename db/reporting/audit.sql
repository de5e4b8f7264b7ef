create view reporting.audit
with (security_invoker = true) as
select
    audit_log.site_id,
    sites.name as site,
    audit_log.seq,
    audit_log.at,
    (audit_log.at at time zone sites.time_zone)::date as day,
    audit_log.actor,
    audit_log.action,
    audit_log.object_type,
    audit_log.object_id,
    audit_log.before,
    audit_log.after,
    audit_log.reason
from app.audit_log
join app.sites on sites.id = audit_log.site_id;

comment on view reporting.audit is
'Who changed what on the sites that your login may see, in the order of each site''s chain. Holds no personal data: '
'that a note or number changed, not what it was.';
comment on column reporting.audit.site_id is 'The site. Names may repeat, ids do not.';
comment on column reporting.audit.site is 'Its name.';
comment on column reporting.audit.seq is '1, 2, 3 ... without gaps within a site.';
comment on column reporting.audit.at is 'When.';
comment on column reporting.audit.day is 'Day of at in the site''s zone.';
comment on column reporting.audit.actor is 'user:<id>, or system.';
comment on column reporting.audit.action is 'What was done.';
comment on column reporting.audit.object_type is 'What it was done to.';
comment on column reporting.audit.object_id is 'Which: a lead here is an intent_id.';
comment on column reporting.audit.before is 'Facts before.';
comment on column reporting.audit.after is 'Facts after.';
comment on column reporting.audit.reason is 'Why an admin did it under support access. Null for everybody else.';

grant select on reporting.audit to analyst;
