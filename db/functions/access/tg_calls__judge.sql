create function access.tg_calls__judge() returns trigger
language plpgsql
set search_path = ''
as $$
declare
    v_writable text[] := array['status', 'sale_amount', 'note', 'caller_phone', 'judged_action'];
    v_is_outsider boolean := current_user not in ('app_definer', 'app_owner')
        and not (select pg_roles.rolsuper from pg_catalog.pg_roles where pg_roles.rolname = current_user);
    -- A number that a provider adds is no operator's doing: the version they hold stays good.
    v_is_judged boolean := (new.status, new.sale_amount, new.note, new.deleted_at, new.suspicious)
        is distinct from (old.status, old.sale_amount, old.note, old.deleted_at, old.suspicious)
        or v_is_outsider and new.caller_phone is distinct from old.caller_phone;
begin
    -- A whitelist: a column added later is closed until somebody opens it.
    if v_is_outsider and to_jsonb(new) - v_writable <> to_jsonb(old) - v_writable then
        raise sqlstate 'PT403' using
            message = 'column_not_writable',
            detail = 'Only status, amount, note and caller of a card can be changed.';
    end if;
    if v_is_outsider and new.judged_action = 'auto_approve' and old.judged_action is distinct from 'auto_approve' then
        raise sqlstate 'PT403' using message = 'column_not_writable', detail = 'Only a job approves by itself.';
    end if;
    if new.erased_at is distinct from old.erased_at then
        -- Made anonymous: no judgement, and nothing of the person is kept for an undo.
        new.version := old.version + 1;
        new.judged_action := old.judged_action;
        new.undo_state := old.undo_state - 'note';
        return new;
    end if;
    if not v_is_judged then
        new.judged_action := old.judged_action;
        return new;
    end if;

    new.version := old.version + 1;
    if (new.status, new.sale_amount, new.note) is not distinct from (old.status, old.sale_amount, old.note) then
        -- Deleted, flagged, a number added: no judgement, so the last one stands and can still be undone.
        new.judged_action := old.judged_action;
        return new;
    end if;
    new.judged_at := now();
    new.judged_by := access.user_id();
    if new.judged_action = 'undo' then
        if old.undo_state is null or old.judged_by is distinct from new.judged_by
            or now() > old.judged_at + (select sites.undo_window from app.sites where sites.id = old.site_id) then
            raise sqlstate 'PT409' using message = 'nothing_to_undo',
                detail = 'The last action was not yours, is too old, or was itself an undo.';
        end if;
        new.status := old.undo_state ->> 'status';
        new.sale_amount := (old.undo_state ->> 'sale_amount')::numeric;
        new.note := old.undo_state ->> 'note';
        new.sealed_at := (old.undo_state ->> 'sealed_at')::timestamptz;
        new.sealed_by := (old.undo_state ->> 'sealed_by')::uuid;
        new.undo_state := null;
    else
        new.undo_state := jsonb_build_object(
            'status', old.status, 'sale_amount', old.sale_amount, 'note', old.note,
            'sealed_at', old.sealed_at, 'sealed_by', old.sealed_by
        );
    end if;
    if v_is_outsider and (
        new.judged_action is null
        or new.judged_action = 'seal' and new.sale_amount is null
        or new.sale_amount is distinct from old.sale_amount and new.status in ('confirmed', 'cancelled')
        and new.judged_action <> 'undo' and (
            new.judged_action not in ('seal', 'amend') or new.status <> 'confirmed' or new.sale_amount is null
        )
    ) then
        raise sqlstate 'PT409' using
            message = 'transition_not_allowed',
            detail = 'An amount is set by sealing or amending, and every change names its action.';
    end if;
    if new.status <> old.status and not exists (
        select from app.call_transitions
        where call_transitions.action = new.judged_action
            and call_transitions.from_status = old.status and call_transitions.to_status = new.status
    ) then
        raise sqlstate 'PT409' using
            message = 'transition_not_allowed',
            detail = format('%s does not lead from %s to %s.', coalesce(new.judged_action, 'nothing'),
                old.status, new.status);
    end if;
    if new.judged_action in ('seal', 'auto_approve') and new.status = 'confirmed' and old.status = 'intent' then
        new.sealed_at := now();
        new.sealed_by := new.judged_by;
        -- The site's of now: it may have changed since the tap, and is fixed from here on.
        new.currency := (select sites.currency from app.sites where sites.id = new.site_id);
    end if;
    if new.status in ('intent', 'junk') then
        new.sealed_at := null;
        new.sealed_by := null;
        new.sale_amount := null;
        new.score_breakdown := new.score_breakdown - 'qualified_by';
        new.oci_status := null;
        new.oci_reason := null;
        new.oci_held_until := null;
    end if;
    return new;
end;
$$;

comment on function access.tg_calls__judge() is
'The status machine, the column whitelist, the version, and what undo needs. The time is the '
'server''s, the actor the token''s.';
