create function api.junk(call_id uuid, version integer, note text default null) returns app.card
language plpgsql
set search_path = ''
as $$
begin
    perform access.require_note(note);
    return access.judge_card(call_id, version, 'junk', 'junk', note => note);
end;
$$;

comment on function api.junk(uuid, integer, text) is
$$Not a lead: takes an open card out of the inbox.

409 with the current card: stale_version, transition_not_allowed. 404 call_not_found. 403 editor_required. 400
invalid_note.$$;

grant execute on function api.junk(uuid, integer, text) to authenticated;
