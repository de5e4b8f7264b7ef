create function access.card(call app.calls, conflict text default null, conflict_call_id uuid default null)
returns app.card
language plpgsql
stable
set search_path = ''
as $$
declare
    v_card app.card;
begin
    select card.* into strict v_card from access.cards(call.site_id, array[call.id]) as card;
    v_card.conflict := conflict;
    v_card.conflict_call_id := conflict_call_id;
    return v_card;
end;
$$;

comment on function access.card(app.calls, text, uuid) is
'One card as clients see it, after a write with the reason why it was refused.';
grant execute on function access.card(app.calls, text, uuid) to authenticated, app_definer;
