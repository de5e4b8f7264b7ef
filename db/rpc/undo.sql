create function api.undo(call_id uuid, version integer) returns app.card
language sql
volatile
begin atomic
    select access.judge_card(undo.call_id, undo.version, 'undo', null);
end;

comment on function api.undo(uuid, integer) is
$$Takes back your own last action on a card, within the site's undo window, once.

409 with the current card: stale_version, nothing_to_undo, open_card_exists (conflict_call_id names it). 404
call_not_found.
403 editor_required.$$;

grant execute on function api.undo(uuid, integer) to authenticated;
