create function access.bulk_ids(items jsonb) returns uuid[]
language plpgsql
immutable
set search_path = ''
as $$
declare
    v_ids uuid[];
begin
    if coalesce(jsonb_typeof(items), '') <> 'array' or jsonb_array_length(items) not between 1 and 200
        or exists (
            select from jsonb_array_elements(items) as item (said)
            where jsonb_typeof(item.said) <> 'object'
                or not app.is_uuid(item.said ->> 'call_id')
                or coalesce(item.said ->> 'version', '') !~ '^[0-9]{1,9}$'
        ) then
        raise sqlstate 'PT400' using
            message = 'invalid_items',
            detail = 'items is a list of 1 to 200 objects, each with a call_id and a version.',
            hint = 'For example [{"call_id": "…", "version": 1}].';
    end if;
    select array_agg((item.said ->> 'call_id')::uuid order by item.place) into v_ids
    from jsonb_array_elements(items) with ordinality as item (said, place);
    if cardinality(v_ids) > (select count(distinct id) from unnest(v_ids) as id) then
        raise sqlstate 'PT400' using
            message = 'duplicate_items', detail = 'A card stands more than once in the list.',
            hint = 'Name each card once.';
    end if;
    return v_ids;
end;
$$;

comment on function access.bulk_ids(jsonb) is
'The cards that a list of items names, in its order. Raises PT400 invalid_items, duplicate_items.';
grant execute on function access.bulk_ids(jsonb) to authenticated;
