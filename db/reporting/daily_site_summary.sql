create view reporting.daily_site_summary
with (security_invoker = true) as
select
    daily_stats.site_id,
    sites.name as site,
    daily_stats.day,
    daily_stats.is_ads,
    coalesce(
        stats_progress.time_zone = sites.time_zone
        and stats_progress.rolled_until >= (daily_stats.day + 1)::timestamp at time zone sites.time_zone,
        false
    ) and not exists (
        select 1
        from app.stats_marks
        where
            stats_marks.site_id = daily_stats.site_id
            -- Where midnight comes twice the day begins an hour before.
            and stats_marks.at >= daily_stats.day::timestamp at time zone sites.time_zone - interval '1 hour'
            and stats_marks.at < (daily_stats.day + 1)::timestamp at time zone sites.time_zone
            and (stats_marks.at at time zone sites.time_zone)::date = daily_stats.day
    ) as is_exact,
    sum(daily_stats.sessions)::bigint as sessions,
    sum(daily_stats.visitors)::bigint as visitors,
    sum(daily_stats.ads_visitors)::bigint as ads_visitors,
    sum(daily_stats.events)::bigint as events,
    sum(daily_stats.page_views)::bigint as page_views,
    sum(daily_stats.intents)::bigint as intents,
    sum(daily_stats.phone)::bigint as phone,
    sum(daily_stats.whatsapp)::bigint as whatsapp,
    sum(daily_stats.form)::bigint as form,
    sum(daily_stats.call)::bigint as call,
    sum(daily_stats.pending)::bigint as pending,
    coalesce(sum(daily_stats.sealed) filter (where daily_stats.kind = 'leads'), 0)::bigint as sealed,
    sum(daily_stats.junk)::bigint as junk,
    sum(daily_stats.cancelled)::bigint as cancelled,
    coalesce(sum(daily_stats.revenue) filter (where daily_stats.kind = 'leads'), 0) as revenue_by_lead_day,
    coalesce(sum(daily_stats.revenue) filter (where daily_stats.kind = 'sales'), 0) as revenue_by_seal_day
from app.daily_stats
join app.sites on sites.id = daily_stats.site_id
left join app.stats_progress on stats_progress.site_id = daily_stats.site_id
where daily_stats.dimension = 'total'
group by
    daily_stats.site_id, sites.name, sites.time_zone, daily_stats.day, daily_stats.is_ads,
    stats_progress.time_zone, stats_progress.rolled_until;

comment on view reporting.daily_site_summary is
'The dashboard''s numbers per day: of closed days, exact where is_exact says so, and kept after their raw months '
'are retired. Today is not in it: ask reporting.sessions and reporting.intents. A day without anything has no row.';
comment on column reporting.daily_site_summary.site_id is 'The site. Names may repeat, ids do not.';
comment on column reporting.daily_site_summary.site is 'Its name.';
comment on column reporting.daily_site_summary.day is 'Day in the site''s zone.';
comment on column reporting.daily_site_summary.is_ads is 'Of paid visits and their leads, or of the others: sum both for the whole.';
comment on column reporting.daily_site_summary.is_exact is 'False while something that came late is not counted in yet: a minute later it is.';
comment on column reporting.daily_site_summary.sessions is 'Visits that began then, without machines.';
comment on column reporting.daily_site_summary.visitors is 'Visits that were their visitor''s first of the day. Of the whole day: sum over is_ads.';
comment on column reporting.daily_site_summary.ads_visitors is 'Paid visits that were their visitor''s first paid one of the day.';
comment on column reporting.daily_site_summary.events is 'Events of these visits, without heartbeats.';
comment on column reporting.daily_site_summary.page_views is 'Page views of these visits.';
comment on column reporting.daily_site_summary.intents is 'Leads that came then.';
comment on column reporting.daily_site_summary.phone is 'Of these: by a tap on a phone number.';
comment on column reporting.daily_site_summary.whatsapp is 'Of these: by a tap on WhatsApp.';
comment on column reporting.daily_site_summary.form is 'Of these: by a form.';
comment on column reporting.daily_site_summary.call is 'Of these: reported by a telephone provider.';
comment on column reporting.daily_site_summary.pending is 'Of these: nobody has judged them.';
comment on column reporting.daily_site_summary.sealed is 'Of these: sold.';
comment on column reporting.daily_site_summary.junk is 'Of these: no leads.';
comment on column reporting.daily_site_summary.cancelled is 'Of these: sold, and fell through.';
comment on column reporting.daily_site_summary.revenue_by_lead_day is 'What the leads of this day brought, whenever they were sealed.';
comment on column reporting.daily_site_summary.revenue_by_seal_day is 'What was sealed on this day, whenever the lead came.';

grant select on reporting.daily_site_summary to analyst;
