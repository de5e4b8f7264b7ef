create function access.put_away(call_id uuid, version integer, is_deleted boolean) returns app.card
language plpgsql
set search_path = ''
as $$
declare
    v_call app.calls := access.lock_card(call_id, not is_deleted);
    v_conflict text;
    v_open_id uuid;
begin
    if version is distinct from v_call.version then
        v_conflict := 'stale_version';
    else
        begin
            perform access.write_deleted_at(v_call.site_id, v_call.id, is_deleted);
        exception when unique_violation then
            v_conflict := 'open_card_exists';
            select calls.id into v_open_id from app.calls
            where calls.site_id = v_call.site_id and calls.session_id = v_call.session_id
                and calls.status = 'intent' and calls.deleted_at is null;
        end;
    end if;
    select calls.* into strict v_call from app.calls where calls.site_id = v_call.site_id and calls.id = v_call.id;
    if v_conflict is not null then
        perform access.refuse(409);
    end if;
    return access.card(v_call, v_conflict, v_open_id);
end;
$$;

comment on function access.put_away(uuid, integer, boolean) is
'Deletes a card, or brings a deleted one back. A conflict answers 409 with the current row: '
'stale_version, open_card_exists.';
grant execute on function access.put_away(uuid, integer, boolean) to authenticated;
