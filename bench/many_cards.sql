-- An inbox: cards of real visits, two of three judged by the owner.
with tap as materialized (
    select
        n, now() - n * interval '25 seconds' as at, md5('bench visit ' || n)::uuid as session_id,
        (date_trunc('month', (now() - n * interval '25 seconds') at time zone 'UTC'))::date as month
    from generate_series(1, %(count)s) as n
), visit as (
    insert into app.sessions (
        site_id, id, created_month, created_at, first_event_at, last_event_at, visitor_id, is_ads, event_count, page_views
    )
    select
        %(site)s, tap.session_id, tap.month, tap.at, tap.at, tap.at + interval '90 seconds', md5('bench visitor ' || tap.n),
        tap.n %% 4 > 0, 6, 2
    from tap
)
insert into app.calls (
    site_id, session_id, session_month, visitor_id, status, judged_action, judged_at, judged_by,
    intent_action, intent_target, intent_stamp, tapped_at, received_at, last_tap_at, last_action, phone_clicks, is_ads,
    attribution, utm_term, entry_page, currency, device_type, city, score_breakdown
)
select
    %(site)s, tap.session_id, tap.month, md5('bench visitor ' || tap.n), case when judge.id is null then 'intent' else 'junk' end,
    case when judge.id is not null then 'junk' end, case when judge.id is not null then tap.at + interval '1 hour' end, judge.id,
    'phone', 'tel:+905321112233', 'bench ' || tap.n, tap.at, tap.at, tap.at, 'phone', 1, tap.n %% 4 > 0,
    'First Click (Paid)', 'oto cilingir ' || tap.n %% 50, '/oto-cilingir', 'TRY', 'mobile', 'Istanbul', '{"total": 60}'
from tap
left join app.site_members as member on member.site_id = %(site)s and member.role = 'owner' and tap.n %% 3 > 0
cross join lateral (values (member.user_id)) as judge (id)
