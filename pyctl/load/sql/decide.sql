-- What is older than a day was told long ago and answered: one in twenty was refused.
update app.conversions set
    state = case when answer.is_refused then 'rejected' else 'accepted' end,
    reason = case when answer.is_refused then 'CLICK_NOT_FOUND' end,
    offered_at = conversions.held_until,
    decided_at = conversions.held_until + interval '3 hours'
from (
    select conversions.site_id, conversions.id, hashtext(conversions.subject_id::text) % 20 = 0 as is_refused
    from app.conversions
    where conversions.state = 'held' and conversions.held_until < now() - interval '1 day'
) as answer
where answer.site_id = conversions.site_id and answer.id = conversions.id
