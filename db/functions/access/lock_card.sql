create function access.lock_card(call_id uuid, is_deleted boolean default false) returns app.calls
language plpgsql
set search_path = ''
as $$
declare
    v_site_id constant uuid := access.site_of_card(call_id);
    v_call app.calls;
begin
    -- RLS decides what is there: a neighbour's card answers exactly like one that does not exist.
    select calls.* into v_call from app.calls
    where calls.site_id = v_site_id and calls.id = call_id and (calls.deleted_at is not null) = is_deleted;
    if found then
        perform access.require_role(v_call.site_id, 'editor');
        perform app.lock_subject(coalesce(v_call.session_id, v_call.id));
        -- It may have been deleted, or brought back, while we waited.
        select calls.* into v_call from app.calls
        where calls.site_id = v_call.site_id and calls.id = v_call.id and (calls.deleted_at is not null) = is_deleted
        for update;
    end if;
    if v_call.id is null then
        raise sqlstate 'PT404' using
            message = 'call_not_found',
            detail = 'There is no such card, or it is not on a site of yours.',
            hint = 'recent_intents lists the cards you can see.';
    end if;
    return v_call;
end;
$$;

comment on function access.lock_card(uuid, boolean) is
'The card (with is_deleted: the deleted one), locked for a judgement, its session''s conversion '
'before it. Raises PT404 call_not_found, PT403 editor_required.';
grant execute on function access.lock_card(uuid, boolean) to authenticated;
