create function api.undelete_call(call_id uuid, version integer) returns app.card
language sql
volatile
begin atomic
    select access.put_away(undelete_call.call_id, undelete_call.version, false);
end;

comment on function api.undelete_call(uuid, integer) is
$$Brings a deleted card back as it was; deleted_calls lists them.

409 with the current card: stale_version, open_card_exists (conflict_call_id names it). 404 call_not_found: there is no
such deleted card. 403 editor_required.$$;

grant execute on function api.undelete_call(uuid, integer) to authenticated;
