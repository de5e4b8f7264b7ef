-- The status machine of cards is part of the source.
select
    'row' as kind,
    format('transition %s: %s to %s', action, from_status, to_status) as name,
    '' as definition
from app.call_transitions
