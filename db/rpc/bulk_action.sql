create function api.bulk_action(site_id uuid, action text, items jsonb, all_or_nothing boolean default false)
returns table (call_id uuid, ok boolean, code text, card jsonb)
language plpgsql
set search_path = ''
as $$
declare
    v_item jsonb;
    v_ids uuid[];
    v_call app.calls;
    v_card app.card;
    v_cards jsonb[] := array[]::jsonb[];
    v_codes text[] := array[]::text[];
    v_is_failed boolean := false;
begin
    perform access.require_role(site_id, 'editor');
    if action is null or action not in ('seal', 'junk', 'restore', 'cancel') then
        raise sqlstate 'PT400' using message = 'invalid_action', hint = 'Use seal, junk, restore or cancel.';
    end if;
    v_ids := access.bulk_ids(items);
    -- What is on another site is not looked at.
    perform access.lock_subjects(site_id, (
        select array_agg(coalesce(calls.session_id, calls.id)) from app.calls
        where calls.site_id = bulk_action.site_id and calls.id = any (v_ids)
    ));
    begin
        for v_item in select item.said from jsonb_array_elements(items) as item (said) loop
            card := null;
            code := null;
            select calls.* into v_call from app.calls
            where calls.site_id = bulk_action.site_id and calls.id = (v_item ->> 'call_id')::uuid
                and calls.deleted_at is null;
            if v_call.id is null then
                code := 'call_not_found';
            else
                begin
                    v_card := access.judge_item(v_call, action, v_item);
                    code := v_card.conflict;
                exception when sqlstate 'PT400' or sqlstate 'PT409' then
                    code := sqlerrm;
                    v_card := access.card(v_call);
                    v_card.conflict := code;
                end;
                card := to_jsonb(v_card);
            end if;
            v_is_failed := v_is_failed or code is not null;
            v_cards := array_append(v_cards, card);
            v_codes := array_append(v_codes, code);
        end loop;
        if all_or_nothing and v_is_failed then
            raise sqlstate 'OM001';
        end if;
    exception when sqlstate 'OM001' then
        -- All is undone but what we remember.
        perform access.refuse(409);
    end;
    for v_index in 1 .. cardinality(v_ids) loop
        call_id := v_ids[v_index];
        code := v_codes[v_index];
        card := v_cards[v_index];
        if all_or_nothing and v_is_failed and code is null then
            code := 'not_applied';
            select to_jsonb(access.card(calls)) || jsonb_build_object('conflict', code) into card from app.calls
            where calls.site_id = bulk_action.site_id and calls.id = v_ids[v_index];
        end if;
        ok := code is null;
        return next;
    end loop;
end;
$$;

comment on function api.bulk_action(uuid, text, jsonb, boolean) is
$$One action (seal, junk, restore, cancel) on 1-200 cards of a site: items is a list of {"call_id", "version"}, with
amount and currency for seal, and an optional note.

Answers a row per item, in their order: ok, else its code, and the card as it stands, the
code as its conflict. Codes: call_not_found,
stale_version, transition_not_allowed, open_card_exists, currency_mismatch, invalid_amount, invalid_currency,
invalid_note. What can be done is done; with all_or_nothing one failure undoes all: 409, the others' code is
not_applied.
404 site_not_found. 403 editor_required. 400 invalid_action, invalid_items, duplicate_items.$$;

grant execute on function api.bulk_action(uuid, text, jsonb, boolean) to authenticated;
