create function api.cancel(call_id uuid, version integer, note text default null) returns app.card
language plpgsql
set search_path = ''
as $$
begin
    perform access.require_note(note);
    return access.judge_card(call_id, version, 'cancel', 'cancelled', note => note);
end;
$$;

comment on function api.cancel(uuid, integer, text) is
$$The sale fell through: its conversion is suppressed, or retracted where the platform may have it.

409 with the current card: stale_version, transition_not_allowed. 404 call_not_found. 403 editor_required. 400
invalid_note.$$;

grant execute on function api.cancel(uuid, integer, text) to authenticated;
