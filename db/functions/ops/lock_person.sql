create function ops.lock_person(
    site_id uuid, visitor_ids text[], phones text[], session_ids uuid[], until timestamptz
) returns app.person
language plpgsql
set search_path = ''
as $$
declare
    v_person app.person;
    v_found app.person := app.find_person(site_id, visitor_ids, phones, session_ids, until);
begin
    for v_attempt in 1 .. 5 loop
        begin
            v_person := v_found;
            -- In ingest's order: subjects, visitors, visits; then as everyone who writes many cards.
            perform app.lock_subject(subject.id)
            from (select unnest(v_person.subject_ids) as id order by 1) as subject;
            perform app.lock_visitor(lock_person.site_id, visitor.id)
            from (select unnest(v_person.visitor_ids) as id order by 1) as visitor;
            perform from app.sessions
            where sessions.site_id = lock_person.site_id and sessions.id = any (v_person.session_ids)
            order by sessions.id
            for update;
            perform access.lock_subjects(site_id, coalesce(v_person.subject_ids, '{}'));
            v_found := app.find_person(site_id, visitor_ids, phones, session_ids, until);
            if v_found is not distinct from v_person then
                return v_person;
            end if;
            -- More came while we waited. What is locked is let go, or its order would be wrong.
            raise sqlstate 'OM001';
        exception when sqlstate 'OM001' then
            null;
        end;
    end loop;
    raise sqlstate 'PT409' using message = 'busy', detail = 'New visits of this person keep coming in.',
        hint = 'Try again in a moment.';
end;
$$;

comment on function ops.lock_person(uuid, text[], text[], uuid[], timestamptz) is
'Finds a person and locks all that is held of them, in the order of docs/explanation/house.md. '
'Raises PT409 busy.';
grant execute on function ops.lock_person(uuid, text[], text[], uuid[], timestamptz) to app_definer;
