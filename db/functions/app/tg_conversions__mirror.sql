create function app.tg_conversions__mirror() returns trigger
language plpgsql
set search_path = ''
as $$
declare
    v_row app.conversions;
begin
    -- What stands last: the newest correction that is not itself suppressed, else the conversion.
    select conversions.* into strict v_row
    from app.conversions
    where conversions.site_id = new.site_id and conversions.subject_id = new.subject_id
        and (conversions.kind = 'conversion' or conversions.reason is distinct from 'superseded')
    order by conversions.round desc, conversions.revision desc
    limit 1;
    update app.calls set
        -- A sum that can not be corrected leaves the sale as it was told.
        oci_status = case
            when v_row.kind = 'restatement' and v_row.state = 'suppressed' then 'offered'
            else v_row.state
        end,
        oci_reason = coalesce(v_row.reason, nullif(v_row.kind, 'conversion')),
        oci_held_until = case when v_row.state = 'held' then v_row.held_until end
    where calls.site_id = new.site_id
        and (calls.session_id = new.subject_id or calls.id = new.subject_id)
        and calls.status in ('confirmed', 'cancelled');
    return null;
end;
$$;

comment on function app.tg_conversions__mirror() is
'Shows on each judged card of the subject where its conversion stands.';
