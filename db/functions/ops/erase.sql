create function ops.erase(
    site_id uuid, visitor_ids text[], phones text[], given_session_ids uuid[], until timestamptz, reason text,
    out sessions bigint, out events bigint, out calls bigint, out bad_rows bigint, out exported jsonb
) returns record
language plpgsql
set search_path = ''
as $$
declare
    v_person app.person := ops.lock_person(site_id, visitor_ids, phones, given_session_ids, until);
begin
    -- Told already, perhaps: what the asker has to have deleted at the platform.
    select coalesce(jsonb_agg(jsonb_build_object(
        'order_id', told.order_id, 'conversion_name', told.conversion_name, 'kind', told.kind,
        'occurred_at', told.occurred_at, 'state', told.state
    ) order by told.occurred_at, told.revision), '[]') into exported
    from app.conversions as told
    where told.site_id = erase.site_id and told.subject_id = any (v_person.subject_ids)
        and (told.offered_at is not null or told.state = 'accepted');

    update app.conversions as told set
        state = case when told.state in ('held', 'offered') then 'suppressed' else told.state end,
        reason = 'erased',
        click_id_type = null,
        click_id = null,
        clicked_at = null
    where told.site_id = erase.site_id and told.subject_id = any (v_person.subject_ids);

    update app.calls as card set
        visitor_id = null,
        click_id_type = null,
        click_id = null,
        clicked_at = null,
        caller_phone = null,
        reference = null,
        note = null,
        erased_at = now()
    where card.site_id = erase.site_id and card.id = any (v_person.call_ids);
    get diagnostics calls = row_count;

    -- What numbers are made of stays: flags, source, place, page.
    update app.sessions as visit set
        visitor_id = null,
        gclid = null,
        wbraid = null,
        gbraid = null,
        msclkid = null,
        fbclid = null,
        ttclid = null,
        clicked_at = null,
        ip_prefix = null,
        said_hash = null,
        erased_at = now()
    where visit.site_id = erase.site_id and visit.id = any (v_person.session_ids);
    get diagnostics sessions = row_count;

    update app.events as event set
        label = case when event.category = 'conversion' then event.label end,
        url = null,
        metadata = null
    from app.sessions as visit
    where visit.site_id = erase.site_id and visit.id = any (v_person.session_ids)
        and event.site_id = visit.site_id and event.session_id = visit.id and event.created_month = visit.created_month;
    get diagnostics events = row_count;

    with emptied as (
        update ops.bad_rows as bad set payload = '', detail = 'erased'
        from (
            select kept.id, octet_length(kept.payload) as bytes from ops.bad_rows as kept
            where kept.id in (select ops.bad_rows_of(erase.site_id, v_person, until))
        ) as was
        where bad.id = was.id
        returning was.bytes
    ), room as (
        update ops.bad_row_usage as usage
        set bytes = greatest(0, usage.bytes - (select sum(emptied.bytes) from emptied))
        where usage.site_id = erase.site_id and exists (select from emptied)
    )
    select count(*) into bad_rows from emptied;

    insert into ops.erasures as past (site_id, kind, digest, erased_at)
    select
        erase.site_id, named.kind, access.erasure_digest(named.kind, erase.site_id, named.value),
        -- By the clock: what came in while we waited for locks is erased too.
        least(clock_timestamp(), until)
    from (
        select 'visitor' as kind, unnest(v_person.visitor_ids) as value
        union
        select 'phone', unnest(erase.phones)
        union
        select 'session', unnest(erase.given_session_ids)::text
    ) as named
    on conflict on constraint erasures_pkey do update set erased_at = greatest(past.erased_at, excluded.erased_at);

    if reason <> 'repeated' or sessions + calls > 0 then
        perform access.write_audit(
            erase.site_id, 'erase', 'person', gen_random_uuid(), null, jsonb_build_object(
                'reason', erase.reason, 'sessions', sessions, 'events', events, 'calls', calls, 'bad_rows', bad_rows,
                'exported', jsonb_array_length(exported)
            )
        );
    end if;
end;
$$;

comment on function ops.erase(uuid, text[], text[], uuid[], timestamptz, text) is
'Makes all that a site holds of a person anonymous, and remembers that by digest. Says how many '
'rows, and which conversions the platform may have.';
grant execute on function ops.erase(uuid, text[], text[], uuid[], timestamptz, text) to app_definer;
