create function api.seal(call_id uuid, amount numeric, currency text, version integer, note text default null)
returns app.card
language plpgsql
set search_path = ''
as $$
begin
    perform access.require_amount(amount);
    perform access.require_note(note);
    perform access.require_currency(currency);
    return access.judge_card(call_id, version, 'seal', 'confirmed', amount, note, currency);
end;
$$;

comment on function api.seal(uuid, numeric, text, integer, text) is
$$This lead became a sale of that amount. The site comes from the card, the actor from the token, the time from
the server.

version is the card's, as you saw it. Editors and owners.
409 with the current card: stale_version, transition_not_allowed, currency_mismatch. 404 call_not_found.
403 editor_required. 400 invalid_amount, invalid_currency, invalid_note.$$;

grant execute on function api.seal(uuid, numeric, text, integer, text) to authenticated;
