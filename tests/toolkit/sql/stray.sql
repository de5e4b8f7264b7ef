-- A month of visits and events, and a card for each tap: they land in the default partitions.
with visit as (
    insert into app.sessions (
        site_id, id, created_month, created_at, first_event_at, last_event_at, visitor_id, city, event_count, page_views,
        signals
    )
    select
        %(site)s, gen_random_uuid(), %(month)s::date, at, at, at, 'v' || n,
        case when n %% 3 > 0 then E'Şişli, "a"\n' || n end, 2, 1, array['conversion', 'a,b']
    from generate_series(1, 200) as n
    cross join lateral (select %(month)s::timestamp at time zone 'UTC' + n * interval '3 h') as visit (at)
    returning id, created_at
)
insert into app.events (
    site_id, session_id, id, created_month, occurred_at, category, action, label, value, metadata
)
select
    %(site)s, visit.id, kind.n, %(month)s::date, visit.created_at, kind.category, kind.action, kind.label, null,
    case kind.n when 1 then '{"a": [1, null], "b": "\""}'::jsonb end
from visit
cross join (
    values (1, 'page', 'page_view', ''), (2, 'conversion', 'phone_call', 'tel:+905321234567')
) as kind (n, category, action, label)
