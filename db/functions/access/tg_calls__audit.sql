create function access.tg_calls__audit() returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
    perform access.write_audit(
        new.site_id,
        case
            when new.erased_at is distinct from old.erased_at then 'erase'
            when (new.status, new.sale_amount, new.note) is distinct from (old.status, old.sale_amount, old.note)
                then coalesce(new.judged_action, 'update')
            when old.deleted_at is null and new.deleted_at is not null then 'delete'
            when old.deleted_at is not null and new.deleted_at is null then 'undelete'
            else 'update'
        end,
        'call', new.id,
        jsonb_build_object(
            'status', old.status, 'version', old.version, 'sale_amount', old.sale_amount, 'currency', old.currency,
            'deleted', old.deleted_at is not null
        ),
        jsonb_build_object(
            'status', new.status, 'version', new.version, 'sale_amount', new.sale_amount, 'currency', new.currency,
            'deleted', new.deleted_at is not null,
            -- That they changed, never what they were: erasing a person must not break the chain.
            'note_changed', new.note is distinct from old.note,
            'caller_phone_changed', new.caller_phone is distinct from old.caller_phone
        )
    );
    return null;
end;
$$;

comment on function access.tg_calls__audit() is 'One audit row per judged change of a card, without personal data.';
