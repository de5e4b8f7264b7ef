create function access.judge_item(call app.calls, action text, item jsonb) returns app.card
language plpgsql
set search_path = ''
as $$
declare
    v_amount numeric;
begin
    perform access.require_note(item ->> 'note');
    if action = 'seal' then
        v_amount := case when item ->> 'amount' ~ '^[0-9]{1,10}(\.[0-9]{1,9})?$' then (item ->> 'amount')::numeric end;
        perform access.require_amount(v_amount);
        perform access.require_currency(item ->> 'currency');
    end if;
    return access.judge_locked(
        call, (item ->> 'version')::integer, action,
        case action when 'seal' then 'confirmed' when 'junk' then 'junk' when 'restore' then 'intent'
            when 'cancel' then 'cancelled' end,
        v_amount, item ->> 'note', case when action = 'seal' then item ->> 'currency' end
    );
end;
$$;

comment on function access.judge_item(app.calls, text, jsonb) is
'What one item of a bulk action says, done to its card, which the caller has locked. Raises PT400 '
'as the single actions do.';
grant execute on function access.judge_item(app.calls, text, jsonb) to authenticated;
