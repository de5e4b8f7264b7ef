create function api.create_call(
    site_id uuid,
    caller_phone text default null,
    action text default 'call',
    tapped_at timestamptz default now(),
    note text default null,
    keyword text default null,
    campaign text default null,
    is_ads boolean default false,
    idempotency_key text default null
) returns app.card
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_site app.sites;
    v_call app.calls;
    v_stamp text := 'manual:' || coalesce(idempotency_key, gen_random_uuid()::text);
begin
    perform access.require_role(site_id, 'editor');
    select sites.* into strict v_site from app.sites where sites.id = create_call.site_id;
    if action is null or action not in ('phone', 'whatsapp', 'form', 'call') then
        raise sqlstate 'PT400' using message = 'invalid_action', hint = 'Use phone, whatsapp, form or call.';
    end if;
    if tapped_at is null or tapped_at > now() + interval '1 minute' or tapped_at < now() - interval '186 days' then
        raise sqlstate 'PT400' using
            message = 'invalid_time', detail = 'A lead is not of the future, and at most 186 days old.';
    end if;
    if length(keyword) > 256 or length(campaign) > 256 then
        raise sqlstate 'PT400' using
            message = 'invalid_text', detail = 'Keyword and campaign have at most 256 characters.';
    end if;
    if idempotency_key is not null and idempotency_key !~ '^[A-Za-z0-9_-]{8,64}$' then
        raise sqlstate 'PT400' using
            message = 'invalid_idempotency', hint = '8 to 64 letters and digits: a uuid will do.';
    end if;
    perform access.require_note(note);
    insert into app.calls (
        site_id, source, intent_action, intent_stamp, caller_phone, tapped_at, last_tap_at, last_action, is_ads,
        utm_campaign, utm_term, note, estimated_value, currency
    ) values (
        v_site.id, 'manual', action, v_stamp, access.require_phone(caller_phone, v_site.country),
        least(tapped_at, now()), least(tapped_at, now()), action, coalesce(is_ads, false),
        nullif(btrim(campaign), ''), nullif(btrim(keyword), ''), nullif(note, ''),
        app.estimated_value(v_site.id, nullif(btrim(keyword), '')), v_site.currency
    )
    on conflict on constraint calls_intent_stamp_key do nothing
    returning calls.* into v_call;
    if found then
        perform access.write_audit(
            v_site.id, 'create', 'call', v_call.id, null,
            jsonb_build_object('status', v_call.status, 'version', v_call.version, 'source', v_call.source)
        );
    else
        -- Sent twice: the card of the first time, as it stands now.
        select calls.* into strict v_call from app.calls
        where calls.site_id = v_site.id and calls.intent_stamp = v_stamp;
    end if;
    return access.card(v_call);
end;
$$;

comment on function api.create_call(
    uuid, text, text, timestamptz, text, text, text, boolean, text
) is
$$Adds a lead by hand: somebody called without tapping, or came in. It is a card like any other, source manual, without
a visit; is_ads counts it among the paid leads.

caller_phone is completed with the site's country code. With an idempotency_key a second request answers the card of
the first. 404 site_not_found. 403 editor_required. 400 invalid_action, invalid_time, invalid_phone, invalid_note,
invalid_text, invalid_idempotency.$$;

grant execute on function api.create_call(
    uuid, text, text, timestamptz, text, text, text, boolean, text
) to authenticated;
