create function app.find_person(
    site_id uuid, visitor_ids text[], phones text[], session_ids uuid[], until timestamptz
) returns app.person
language plpgsql
stable
set search_path = ''
as $$
declare
    v_person app.person;
    v_phone_calls uuid[];
begin
    -- All months: nothing of a person may be left in one.
    -- By the caller's number, never by the number dialled: that is the business's own.
    select array_agg(calls.id) into v_phone_calls from app.calls
    where calls.site_id = find_person.site_id and calls.caller_phone = any (find_person.phones)
        and calls.received_at <= until;
    select array_agg(distinct known.visitor_id) into v_person.visitor_ids
    from (
        select unnest(find_person.visitor_ids) as visitor_id
        union all
        select calls.visitor_id from app.calls
        where calls.site_id = find_person.site_id and calls.id = any (v_phone_calls)
        union all
        select calls.visitor_id from app.calls
        where calls.site_id = find_person.site_id and calls.session_id = any (find_person.session_ids)
        union all
        select sessions.visitor_id from app.sessions
        where sessions.site_id = find_person.site_id and sessions.id = any (
            find_person.session_ids || array(
                select calls.session_id from app.calls
                where calls.site_id = find_person.site_id and calls.id = any (v_phone_calls)
            )
        )
    ) as known
    where known.visitor_id is not null;
    select array_agg(visit.id order by visit.id) into v_person.session_ids
    from (
        select sessions.id from app.sessions
        where sessions.site_id = find_person.site_id and sessions.visitor_id = any (v_person.visitor_ids)
            and sessions.received_at <= until
        union
        select sessions.id from app.sessions
        where sessions.site_id = find_person.site_id and sessions.received_at <= until
            and sessions.id = any (
                find_person.session_ids || array(
                    select calls.session_id from app.calls
                    where calls.site_id = find_person.site_id and calls.id = any (v_phone_calls)
                )
            )
    ) as visit;
    select
        array_agg(calls.id order by calls.id),
        array_agg(distinct coalesce(calls.session_id, calls.id))
    into v_person.call_ids, v_person.subject_ids
    from app.calls
    where calls.site_id = find_person.site_id and calls.received_at <= until and (
        calls.id = any (v_phone_calls) or calls.visitor_id = any (v_person.visitor_ids)
        or calls.session_id = any (v_person.session_ids) or calls.session_id = any (find_person.session_ids)
    );
    v_person.phones := find_person.phones;
    return v_person;
end;
$$;

comment on function app.find_person(uuid, text[], text[], uuid[], timestamptz) is
'Whom identifiers mean at a site: a visitor is their visits and cards; a visit is its visitor; a '
'number is the cards with that caller, their visits and visitors.';
grant execute on function app.find_person(uuid, text[], text[], uuid[], timestamptz) to app_definer;
