create function api.call_event(
    json,
    out status text,
    out call_id uuid,
    out suspicious boolean,
    out message text,
    out hint text
) returns record
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_body text := $1::text;
    v_doc jsonb;
    v_site app.sites;
    v_wait integer;
begin
    perform access.require_whole_answer();
    if octet_length(v_body) > 16384 then
        message := 'too_large';
        hint := 'A report has at most 16 kB.';
        perform access.refuse(413);
        return;
    end if;
    begin
        v_doc := app.castable(v_body)::jsonb;
    exception when others then
        v_doc := null;
    end;
    select sites.* into v_site from app.sites
    where sites.id = access.call_signature_site(
        v_body, case when jsonb_typeof(v_doc) = 'object' then app.text_of(v_doc -> 'k', 64) end,
        access.header('x-signature')
    );
    if v_site.id is null then
        select refused.message into message from access.refuse_guess('call-event', 401) as refused;
        message := coalesce(message, 'invalid_signature');
        hint := 'Sign "<t>.<body>" with HMAC-SHA-256 and send X-Signature: t=<unix time>,v1=<hex>.';
        return;
    end if;
    if coalesce(app.text_of(v_doc -> 'id', 101), '') !~ '^[A-Za-z0-9._:@+-]{1,100}$' then
        message := 'invalid_id';
        hint := 'Send the number by which you know this call, in "id": 1 to 100 letters, digits and ._:@+-';
        perform access.refuse(400);
        return;
    end if;
    v_wait := ops.take_tokens('call-event:' || v_site.id, 1, 600, 600);
    if v_wait > 0 then
        message := 'too_many_calls';
        hint := format('Wait %s seconds.', v_wait);
        perform access.refuse_busy(v_wait);
        return;
    end if;
    select stored.status, stored.call_id, stored.suspicious into status, call_id, suspicious
    from ops.store_call(v_site, v_doc) as stored;
end;
$$;

comment on function api.call_event(json) is
$$A telephone provider reports a call, server to server. Body: JSON with k (the site's public key), id (the provider's
number of the call; a repeated one counts once), and what is known of: at (unix time), from, to, visitor, click_id.
Header X-Signature: t=<unix time>,v1=<hex HMAC-SHA-256 of "<t>.<body>" with the site's secret>, at most five minutes
old.

200 joined, stored, unmatched or duplicate, with the card. 401 invalid_signature, the same for an unknown site.
400 invalid_id. 413 too_large. 429 with Retry-After.$$;

grant execute on function api.call_event(json) to anon;
