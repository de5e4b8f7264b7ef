create function api.intent_details(call_id uuid) returns table (
    card app.card,
    history jsonb,
    conversions jsonb,
    visitor_visits bigint,
    visitor_cards bigint
)
language plpgsql
stable
rows 1
set search_path = ''
as $$
declare
    v_site_id constant uuid := access.site_of_card(call_id);
    v_call app.calls;
    v_from timestamptz := now() - interval '190 days';
begin
    -- RLS decides what is there: a neighbour's card answers exactly like one that does not exist.
    select calls.* into v_call from app.calls
    where calls.site_id = v_site_id and calls.id = call_id and calls.deleted_at is null;
    if v_call.id is null then
        raise sqlstate 'PT404' using
            message = 'call_not_found',
            detail = 'There is no such card, or it is not on a site of yours.',
            hint = 'recent_intents lists the cards you can see.';
    end if;
    return query select
        access.card(v_call),
        (
            with entry as materialized (
                select
                    audit_log.*,
                    (substring(audit_log.actor from '^user:(.*)$'))::uuid as actor_id
                from app.audit_log
                where audit_log.site_id = v_call.site_id and audit_log.object_id = v_call.id
                order by audit_log.seq desc
                limit 200
            )
            select coalesce(jsonb_agg(jsonb_build_object(
                'at', entry.at, 'action', entry.action, 'actor_id', entry.actor_id, 'actor_name', person.name,
                'before', entry.before, 'after', entry.after
            ) order by entry.seq), '[]')
            from entry
            left join access.people(v_call.site_id, array(select distinct entry.actor_id from entry)) as person
                on person.user_id = entry.actor_id
        ),
        (
            select coalesce(jsonb_agg(jsonb_build_object(
                'order_id', told.order_id, 'kind', told.kind, 'state', told.state, 'reason', told.reason,
                'amount', told.amount, 'currency', told.currency, 'occurred_at', told.occurred_at,
                'held_until', told.held_until, 'offered_at', told.offered_at, 'decided_at', told.decided_at
            ) order by told.round, told.revision), '[]')
            from app.conversions as told
            where told.site_id = v_call.site_id and told.subject_id = coalesce(v_call.session_id, v_call.id)
        ),
        (
            select count(*) from app.sessions
            where sessions.site_id = v_call.site_id and sessions.visitor_id = v_call.visitor_id
                and sessions.created_at >= v_from
                and sessions.created_month >= (date_trunc('month', v_from at time zone 'UTC'))::date
                and not sessions.is_bot
        ),
        (
            select count(*) from app.calls
            where calls.site_id = v_call.site_id and calls.visitor_id = v_call.visitor_id and calls.deleted_at is null
                and calls.tapped_at >= v_from
        );
end;
$$;

comment on function api.intent_details(uuid) is
$$One card: as the lists show it (card), what was done to it (history), what was told to the ad platform about its
visit (conversions), and how often this visitor came and left cards in the last 190 days.

404 call_not_found.$$;

grant execute on function api.intent_details(uuid) to authenticated;
