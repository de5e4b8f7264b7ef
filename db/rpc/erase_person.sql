create function api.erase_person(
    site_id uuid, visitor_id text default null, phone text default null, session_id uuid default null,
    reason text default 'request',
    out sessions bigint, out events bigint, out calls bigint, out bad_rows bigint, out exported jsonb
) returns record
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_who record;
begin
    perform access.require_role(site_id, 'owner');
    if reason is null or reason not in ('request', 'authority', 'mistake', 'other') then
        raise sqlstate 'PT400' using message = 'invalid_reason',
            detail = 'The audit log keeps it for ever, so it is one of four words.',
            hint = 'Use request, authority, mistake or other.';
    end if;
    v_who := access.one_person(site_id, visitor_id, phone, session_id, 2000);
    select done.sessions, done.events, done.calls, done.bad_rows, done.exported
    into erase_person.sessions, erase_person.events, erase_person.calls, erase_person.bad_rows, erase_person.exported
    from ops.erase(site_id, v_who.visitor_ids, v_who.phones, v_who.session_ids, 'infinity', reason) as done;
end;
$$;

comment on function api.erase_person(uuid, text, text, uuid, text) is
$$Makes anonymous all that the site holds of a person, named by exactly one of visitor_id, phone (their own number,
never the number dialled) and session_id. It can't be undone. Numbers of the dashboard stay as they are.

Nothing more is told to the ad platform; exported lists the conversions it may have (order_id, conversion_name, kind,
occurred_at, state): have them deleted there. reason: request, authority, mistake, other. A later visit is new data.
Who is not known here answers the same, with zeros, and is remembered too: an older backup may hold them.
404 site_not_found. 403 owner_required. 400 one_identifier, invalid_phone, invalid_visitor, invalid_reason.
409 too_many_visits (2,000; the operator can), busy.$$;

grant execute on function api.erase_person(uuid, text, text, uuid, text) to authenticated;
