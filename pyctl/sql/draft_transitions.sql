-- Facts as in draft_facts: the status machine of cards.
select
    'after' as place,
    'over' as how,
    'transition' as kind,
    null as of_what,
    to_jsonb(call_transitions)::text as name,
    '' as body,
    format(
        'insert into app.call_transitions (action, from_status, to_status) values (%L, %L, %L)', action, from_status,
        to_status
    ) as made,
    format(
        'delete from app.call_transitions where action = %L and from_status = %L and to_status = %L', action,
        from_status, to_status
    ) as undone
from app.call_transitions
order by action, from_status, to_status
