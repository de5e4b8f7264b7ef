create function access.one_person(
    site_id uuid, visitor_id text, phone text, session_id uuid, most integer,
    out visitor_ids text[], out phones text[], out session_ids uuid[]
) returns record
language plpgsql
stable
set search_path = ''
as $$
declare
    v_phone text;
begin
    if num_nonnulls(visitor_id, phone, session_id) <> 1 then
        raise sqlstate 'PT400' using message = 'one_identifier',
            detail = 'Exactly one of visitor_id, phone and session_id says who is meant.', hint = 'Send one of them.';
    end if;
    if phone is not null then
        v_phone := substring(app.canonical_target('phone', case when length(phone) <= 40 then phone end, (
            select sites.country from app.sites where sites.id = one_person.site_id
        )) from '^tel:(\+[0-9]{6,15})$');
        if v_phone is null then
            raise sqlstate 'PT400' using message = 'invalid_phone', detail = 'This is no telephone number.',
                hint = 'Send it with its country code: +90 532 111 22 33.';
        end if;
    end if;
    if length(visitor_id) not between 1 and 64 then
        raise sqlstate 'PT400' using message = 'invalid_visitor', detail = 'A visitor id has 1 to 64 characters.',
            hint = 'It stands in session_details.';
    end if;
    visitor_ids := array_remove(array[visitor_id], null);
    phones := array_remove(array[v_phone], null);
    session_ids := array_remove(array[session_id], null);
    if (
        select cardinality(person.session_ids)
        from app.find_person(one_person.site_id, visitor_ids, phones, one_person.session_ids, 'infinity') as person
    ) > most then
        raise sqlstate 'PT409' using message = 'too_many_visits',
            detail = format('More than %s visits are too many for one request.', to_char(most, 'FM999,999')),
            hint = 'Ask the operator of this installation: pyctl erasures person, or pyctl site takeout.';
    end if;
end;
$$;

comment on function access.one_person(uuid, text, text, uuid, integer) is
'The one identifier of a person, in canonical form. Raises PT400 one_identifier, invalid_phone, '
'invalid_visitor, PT409 too_many_visits: more than most (null: however many).';
grant execute on function access.one_person(uuid, text, text, uuid, integer) to app_definer;
