create function access.judge_card(
    call_id uuid, version integer, action text, to_status text, amount numeric default null, note text default null,
    currency text default null
) returns app.card
language plpgsql
set search_path = ''
as $$
declare
    v_card app.card;
begin
    v_card := access.judge_locked(access.lock_card(call_id), version, action, to_status, amount, note, currency);
    if v_card.conflict is not null then
        perform access.refuse(409);
    end if;
    return v_card;
end;
$$;

comment on function access.judge_card(uuid, integer, text, text, numeric, text, text) is
'One judged step of a card. A conflict answers 409 with the current row and its code, as '
'access.judge_locked says it.';
grant execute on function access.judge_card(uuid, integer, text, text, numeric, text, text) to authenticated;
