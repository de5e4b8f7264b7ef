-- Many cards in one request: a row each, all or nothing by choice, no neighbour's row ever; and cards put away.
begin;
select no_plan();
select tap.make_everyone();
update app.sites set conversion_hold = '0', undo_window = '0';

select tap.lead('first', 'g1');
select tap.lead('second', 'g2');
select tap.lead('third', 'g3');
select tap.lead('theirs', 'g4', site => 'neighbour');

create function tap.items(said text) returns jsonb language sql as $$
    -- 'first:1:100' is a card with its version and an amount
    select jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
        'call_id', case when part[1] = 'nobody' then md5('nobody')::uuid
            when part[1] = 'theirs' then tap.card('theirs', 'neighbour') else tap.card(part[1]) end,
        'version', part[2]::integer, 'amount', part[3]::numeric, 'currency', coalesce(part[4], 'TRY')
    )) order by place)
    from string_to_table(said, ' ') with ordinality as item (text, place)
    cross join lateral string_to_array(item.text, ':') as part;
$$;
grant execute on function tap.items(text) to public;
create function tap.bulk(action text, said text, all_or_nothing boolean default false) returns text language plpgsql as $$
declare
    v_rows text;
begin
    perform set_config('response.status', '', true);
    select string_agg(concat_ws(' ', coalesce(answer.code, 'ok'), answer.card ->> 'status', answer.card ->> 'version'), ', ')
    into v_rows from api.bulk_action(tap.site('acme'), action, tap.items(said), all_or_nothing) as answer;
    return concat(v_rows, ' -> ' || nullif(current_setting('response.status'), ''));
exception when sqlstate 'PT400' or sqlstate 'PT403' or sqlstate 'PT404' then
    return sqlstate || ' ' || sqlerrm;
end;
$$;

select tap.become('viewer');
select is(tap.bulk('seal', 'first:1:100'), 'PT403 editor_required', 'a viewer judges nothing');
select tap.become('neighbour');
select is(tap.bulk('seal', 'first:1:100'), 'PT404 site_not_found', 'a neighbour finds no site');

select tap.become('editor');
select is(tap.bulk(action, items), want, items)
from (
    values
    ('undo', 'first:1', 'PT400 invalid_action'),
    ('seal', 'first:1:1 second:1:1 first:1:1', 'PT400 duplicate_items')
) as refused (action, items, want);
select throws_ok(
    format('select * from api.bulk_action(%L, ''junk'', %L)', tap.site('acme'), items), 'PT400', 'invalid_items', left(items::text, 60)
)
from (
    values
    (null), ('{}'), ('[]'), ('[1]'), ('[{}]'), ('[{"call_id": "x", "version": 1}]'),
    (jsonb_build_array(jsonb_build_object('call_id', tap.card('first'), 'version', 'x'))),
    ((select jsonb_agg(jsonb_build_object('call_id', gen_random_uuid(), 'version', 1)) from generate_series(1, 201)))
) as bad (items);
select is(
    tap.bulk('seal', 'first:1:100 theirs:1:100 nobody:1:100 second:7:100 third:1'),
    'ok confirmed 2, call_not_found, call_not_found, stale_version intent 1, invalid_amount intent 1',
    'each item for itself, in its order'
);
select is(tap.bulk('seal', 'second:1:100:USD third:1:1.234'), 'currency_mismatch intent 1, invalid_amount intent 1', 'as the single actions refuse');
select results_eq(
    $$select code, card ->> 'conflict', card ->> 'status' from api.bulk_action(tap.site('acme'), 'seal', jsonb_build_array(
        jsonb_build_object('call_id', tap.card('second'), 'version', 1, 'amount', -1, 'currency', 'TRY'),
        jsonb_build_object('call_id', tap.card('third'), 'version', 7, 'amount', 1, 'currency', 'TRY')
    ))$$,
    $$values ('invalid_amount', 'invalid_amount', 'intent'), ('stale_version', 'stale_version', 'intent')$$,
    'the row says why, whatever it was'
);
select is(
    tap.bulk('seal', 'second:1:50 first:2:100 third:1:70', true),
    'not_applied intent 1, transition_not_allowed confirmed 2, not_applied intent 1 -> 409',
    'all or nothing: nothing'
);
select is(tap.bulk('seal', 'second:1:50 third:1:70', true), 'ok confirmed 2, ok confirmed 2', 'all or nothing: all');
select is(
    (select array_agg(state || ' ' || amount order by amount) from app.conversions where site_id = tap.site('acme')),
    array['held 50.00', 'held 70.00', 'held 100.00'], 'each sale has its conversion'
);
select is(tap.bulk('cancel', 'first:2 second:2'), 'ok cancelled 3, ok cancelled 3', 'cancel');
select is(tap.bulk('restore', 'first:3 second:3'), 'ok intent 4, ok intent 4', 'restore');
select is(tap.bulk('junk', 'first:4 second:4'), 'ok junk 5, ok junk 5', 'junk');
select tap.become_nobody();
select is((select status from app.calls where id = tap.card('theirs', 'neighbour')), 'intent', 'the neighbour''s card is as it was');
select is((select count(*) from app.audit_log where site_id = tap.site('acme') and object_type = 'call'), 9::bigint, 'what was undone is in no audit row');
select is(ops.verify_audit(tap.site('acme')), null, 'the chain holds');

-- Who judges at both sites can not reach one through the other.
select tap.make_member('editor', 'editor', 'neighbour');
select tap.become('editor');
select is(tap.bulk('junk', 'theirs:1'), 'call_not_found', 'a card of another site of one''s own is not on this one');
select tap.become_nobody();
select is((select status from app.calls where id = tap.card('theirs', 'neighbour')), 'intent', 'and is left alone');

-- Two cards of one session: the second has nowhere to go back to.
select tap.send('second', tap.event('phone_call', label => 'tel:0532'));
select tap.become('editor');
select is(tap.bulk('restore', 'first:5'), 'ok intent 6', 'a card without a rival goes back');
select is(
    (
        select string_agg(coalesce(answer.code, 'ok') || ' ' || (answer.card ->> 'conflict_call_id'), ', ')
        from api.bulk_action(tap.site('acme'), 'restore', (
            select jsonb_agg(jsonb_build_object('call_id', id, 'version', 5)) from app.calls
            where session_id = tap.session('second') and status = 'junk'
        )) as answer
    ),
    (select 'open_card_exists ' || id from app.calls where session_id = tap.session('second') and status = 'intent'),
    'the rival is named'
);

-- Deleted and brought back

select tap.become_nobody();

create function tap.put(action text, id uuid, version integer) returns text language plpgsql as $$
declare
    v_card app.card;
begin
    perform set_config('response.status', '', true);
    if action = 'delete' then
        v_card := api.delete_call(id, version);
    else
        v_card := api.undelete_call(id, version);
    end if;
    return concat_ws(' ', coalesce(v_card.conflict, 'ok'), v_card.status, v_card.version, v_card.oci_status, nullif(current_setting('response.status'), ''));
exception when sqlstate 'PT403' or sqlstate 'PT404' then
    return sqlstate || ' ' || sqlerrm;
end;
$$;

select tap.become('viewer');
select is(tap.put('delete', tap.card('third'), 2), 'PT403 editor_required', 'a viewer deletes nothing');
select tap.become('neighbour');
select is(tap.put('delete', tap.card('third'), 2), 'PT404 call_not_found', 'a neighbour finds no card');
select tap.become('editor');
select is(tap.put('delete', tap.card('third'), 1), 'stale_version confirmed 2 held 409', 'a stale version is refused');
select is(tap.put('delete', tap.card('third'), 2), 'ok confirmed 3 suppressed', 'deleted: its conversion stays at home');
select is(tap.put('delete', tap.card('third'), 3), 'PT404 call_not_found', 'once');
select is_empty($$select from api.recent_intents(tap.site('acme')) where id = tap.card('third')$$, 'it is in no list');
select results_eq(
    $$select id, status from api.deleted_calls(tap.site('acme'))$$, $$values (tap.card('third'), 'confirmed')$$, 'but in that of the deleted'
);
select is(tap.bulk('cancel', 'third:3'), 'call_not_found', 'nor can it be judged');
select is(tap.put('undelete', tap.card('third'), 2), 'stale_version confirmed 3 suppressed 409', 'coming back needs the version too');
select is(tap.put('undelete', tap.card('third'), 3), 'ok confirmed 4 held', 'back as it was, and its conversion');
select is(tap.put('undelete', tap.card('third'), 4), 'PT404 call_not_found', 'what is there can not be brought back');
select is(tap.judge('undo', tap.card('third')), 'intent', 'what undo takes back is still the seal');
select is(tap.put('delete', tap.card('first'), 6), 'ok intent 7', 'an open card');
select is(tap.put('undelete', tap.card('first'), 7), 'ok intent 8', 'and back');
select is(tap.put('delete', tap.card('first'), 8), 'ok intent 9', 'and away');
select tap.send('first', tap.event('phone_call', label => 'tel:0532'));
select is(
    tap.put('undelete', (select id from app.calls where session_id = tap.session('first') and deleted_at is not null), 9),
    'open_card_exists intent 9 409', 'its session has another open card by now'
);
select is((select count(*) from api.deleted_calls(tap.site('acme'), 1)), 1::bigint, 'a page of one');
select is(
    (select count(*) from api.deleted_calls(tap.site('acme'), 1, (select cursor from api.deleted_calls(tap.site('acme'))))), 0::bigint, 'and the next'
);
select throws_ok(format('select api.deleted_calls(%L, 0)', tap.site('acme')), 'PT400', 'invalid_page_size', 'no page of none');
select throws_ok(format('select api.deleted_calls(%L, 1, ''x'')', tap.site('acme')), 'PT400', 'invalid_cursor', 'no such place');
select tap.become('viewer');
select throws_ok(format('select api.deleted_calls(%L)', tap.site('acme')), 'PT403', 'editor_required', 'the bin is the editors''');
select tap.become_nobody();
select is(
    (select array_agg(action order by seq) from app.audit_log where object_id = tap.card('third') and action ~ 'delete'),
    array['delete', 'undelete'], 'the audit log says which'
);

select * from finish();
rollback;
