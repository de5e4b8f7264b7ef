create function api.amend(call_id uuid, version integer, amount numeric default null, note text default null)
returns app.card
language plpgsql
set search_path = ''
as $$
begin
    if amount is not null then
        perform access.require_amount(amount);
    end if;
    perform access.require_note(note);
    return access.judge_card(call_id, version, 'amend', 'confirmed', amount, note);
end;
$$;

comment on function api.amend(uuid, integer, numeric, text) is
$$Changes amount or note of a sealed card; what is left out stays, an empty note removes it.

409 with the current card: stale_version, transition_not_allowed (not sealed). 404 call_not_found. 403 editor_required.
400 invalid_amount, invalid_note.$$;

grant execute on function api.amend(uuid, integer, numeric, text) to authenticated;
