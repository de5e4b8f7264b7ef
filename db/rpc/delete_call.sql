create function api.delete_call(call_id uuid, version integer) returns app.card
language sql
volatile
begin atomic
    select access.put_away(delete_call.call_id, delete_call.version, true);
end;

comment on function api.delete_call(uuid, integer) is
$$Takes a card out of every list and number; a sale's conversion is suppressed, or retracted where the platform may
have it. undelete_call brings it back.

409 with the current card: stale_version. 404 call_not_found. 403 editor_required.$$;

grant execute on function api.delete_call(uuid, integer) to authenticated;
