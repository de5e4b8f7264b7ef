create function api.export_person(
    site_id uuid, visitor_id text default null, phone text default null, session_id uuid default null
) returns api."*/*"
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_who record;
    v_person app.person;
begin
    perform access.require_role(site_id, 'owner');
    v_who := access.one_person(site_id, visitor_id, phone, session_id, 2000);
    v_person := app.find_person(site_id, v_who.visitor_ids, v_who.phones, v_who.session_ids, 'infinity');
    perform access.write_audit(
        site_id, 'export', 'person', gen_random_uuid(), null, jsonb_build_object(
            'sessions', coalesce(cardinality(v_person.session_ids), 0),
            'calls', coalesce(cardinality(v_person.call_ids), 0)
        )
    );
    perform access.refuse(200, jsonb_build_array(
        jsonb_build_object('Content-Type', 'application/json; charset=utf-8'),
        jsonb_build_object('Content-Disposition', 'attachment; filename="person.json"'),
        jsonb_build_object('Cache-Control', 'no-store')
    ));
    return jsonb_pretty(jsonb_build_object(
        'site', (select jsonb_build_object('name', sites.name, 'domain', sites.domain)
            from app.sites where sites.id = export_person.site_id),
        'made_at', now(),
        'visitor_ids', coalesce(to_jsonb(v_person.visitor_ids), '[]'),
        'phones', to_jsonb(v_person.phones),
        'sessions', (
            select coalesce(jsonb_agg(
                to_jsonb(visit) - array['site_id', 'created_month'] order by visit.created_at
            ), '[]')
            from app.sessions as visit
            where visit.site_id = export_person.site_id and visit.id = any (v_person.session_ids)
        ),
        'events', (
            select coalesce(jsonb_agg(
                to_jsonb(event) - array['site_id', 'created_month'] order by event.occurred_at
            ), '[]')
            from app.sessions as visit
            join app.events as event
                on event.site_id = visit.site_id and event.session_id = visit.id
                and event.created_month = visit.created_month
            where visit.site_id = export_person.site_id and visit.id = any (v_person.session_ids)
        ),
        'calls', (
            select coalesce(jsonb_agg(to_jsonb(card) - array['site_id', 'session_month'] order by card.tapped_at), '[]')
            from app.calls as card
            where card.site_id = export_person.site_id and card.id = any (v_person.call_ids)
        ),
        'conversions', (
            select coalesce(jsonb_agg(to_jsonb(told) - array['site_id'] order by told.occurred_at), '[]')
            from app.conversions as told
            where told.site_id = export_person.site_id and told.subject_id = any (v_person.subject_ids)
        ),
        'unread', (
            select coalesce(jsonb_agg(
                jsonb_build_object('received_at', bad.received_at, 'reason', bad.reason, 'payload', bad.payload)
                order by bad.received_at
            ), '[]')
            from ops.bad_rows as bad
            where bad.id in (select ops.bad_rows_of(export_person.site_id, v_person, 'infinity'))
        )
    ));
end;
$$;

comment on function api.export_person(uuid, text, text, uuid) is
$$All that the site holds of a person as one JSON document, a download; the person is named as in erase_person. That it
was made is in the audit log. Who is not known here is an empty document: that nothing is held is an answer.

404 site_not_found. 403 owner_required. 400 one_identifier, invalid_phone, invalid_visitor. 409 too_many_visits.$$;

grant execute on function api.export_person(uuid, text, text, uuid) to authenticated;
