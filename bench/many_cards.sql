insert into app.calls (
    site_id, source, status, intent_action, intent_target, intent_stamp, tapped_at, received_at, last_tap_at,
    last_action, phone_clicks, is_ads, attribution, utm_term, currency, device_type, city, score_breakdown
)
select
    %(site)s, 'manual', case when n %% 3 = 0 then 'intent' else 'junk' end, 'phone', 'tel:+905321112233', 'bench ' || n,
    now() - n * interval '40 seconds', now() - n * interval '40 seconds', now() - n * interval '40 seconds', 'phone', 1,
    n %% 4 > 0, 'First Click (Paid)', 'oto cilingir ' || n %% 50, 'TRY', 'mobile', 'Istanbul', '{}'
from generate_series(1, %(count)s) as n
