create function access.judge_locked(
    call app.calls, version integer, action text, to_status text, amount numeric default null, note text default null,
    currency text default null
) returns app.card
language plpgsql
set search_path = ''
as $$
declare
    v_call app.calls := call;
    v_conflict text;
    v_open_id uuid;
begin
    if action = 'undo' then
        to_status := v_call.undo_state ->> 'status';
        amount := (v_call.undo_state ->> 'sale_amount')::numeric;
        note := v_call.undo_state ->> 'note';
    else
        amount := coalesce(amount, v_call.sale_amount);
        note := nullif(coalesce(note, v_call.note), '');
    end if;
    if to_status = 'intent' then
        select calls.id into v_open_id from app.calls
        where calls.site_id = v_call.site_id and calls.session_id = v_call.session_id and calls.id <> v_call.id
            and calls.status = 'intent' and calls.deleted_at is null;
    end if;
    v_conflict := case
        when judge_locked.version is distinct from v_call.version then 'stale_version'
        when action = 'undo' and (
            v_call.undo_state is null or v_call.judged_by is distinct from access.user_id()
            or now() > v_call.judged_at + (select sites.undo_window from app.sites where sites.id = v_call.site_id)
        ) then 'nothing_to_undo'
        when to_status = v_call.status and action not in ('amend', 'undo') then 'transition_not_allowed'
        when action = 'amend' and v_call.status <> 'confirmed' then 'transition_not_allowed'
        when to_status <> v_call.status and not exists (
            select from app.call_transitions
            where call_transitions.action = judge_locked.action
                and call_transitions.from_status = v_call.status and call_transitions.to_status = judge_locked.to_status
        ) then 'transition_not_allowed'
        when judge_locked.currency <> (select sites.currency from app.sites where sites.id = v_call.site_id)
            then 'currency_mismatch'
        when v_open_id is not null then 'open_card_exists'
    end;
    if v_conflict is null then
        begin
            update app.calls set
                status = to_status,
                sale_amount = judge_locked.amount,
                note = judge_locked.note,
                judged_action = judge_locked.action
            where calls.site_id = v_call.site_id and calls.id = v_call.id;
        exception when unique_violation then
            -- The visitor tapped again just now and has a new open card.
            v_conflict := 'open_card_exists';
            select calls.id into v_open_id from app.calls
            where calls.site_id = v_call.site_id and calls.session_id = v_call.session_id
                and calls.status = 'intent' and calls.deleted_at is null;
        end;
    end if;
    -- Read again: triggers after the update wrote where its conversion stands.
    select calls.* into strict v_call from app.calls where calls.site_id = v_call.site_id and calls.id = v_call.id;
    return access.card(v_call, v_conflict, v_open_id);
end;
$$;

comment on function access.judge_locked(app.calls, integer, text, text, numeric, text, text) is
'One judged step of a card that the caller has locked: the card after it, or the current row with '
'the reason in conflict: stale_version, transition_not_allowed, currency_mismatch, '
'open_card_exists, nothing_to_undo. No HTTP status.';
grant execute on function access.judge_locked(app.calls, integer, text, text, numeric, text, text) to authenticated;
