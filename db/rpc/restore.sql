create function api.restore(call_id uuid, version integer, note text default null) returns app.card
language plpgsql
set search_path = ''
as $$
begin
    perform access.require_note(note);
    return access.judge_card(call_id, version, 'restore', 'intent', note => note);
end;
$$;

comment on function api.restore(uuid, integer, text) is
$$Back to the inbox, from junk or cancelled.

409 with the current card: stale_version, transition_not_allowed, open_card_exists (conflict_call_id names it).
404 call_not_found. 403 editor_required. 400 invalid_note.$$;

grant execute on function api.restore(uuid, integer, text) to authenticated;
