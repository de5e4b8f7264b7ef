create function ops.ingest(body text) returns app.ingest_answer
language plpgsql
as $$
declare
    v_text text;
    v_doc jsonb;
    v_key text;
    v_site app.sites;
    v_answer app.ingest_answer;
begin
    if octet_length(body) > 65536 then
        perform ops.count_refusal(null, 'too_large');
        return (413, null, 'too_large', 0, 0, 0, null)::app.ingest_answer;
    end if;
    v_text := app.castable(body);
    begin
        -- Not just 5e123: every third batch has that in an id.
        if v_text ~ '(^|[\s:,[])-?[0-9.]+[eE][+-]?[0-9]{3}' and app.has_huge_number(v_text) then
            v_doc := app.lenient_batch(v_text);
        else
            v_doc := v_text::jsonb;
        end if;
    exception when others then
        v_doc := app.lenient_batch(v_text);
    end;
    if jsonb_typeof(v_doc) is distinct from 'object' then
        v_doc := null;
    elsif jsonb_typeof(v_doc -> 'e') = 'string' then
        v_doc := app.unquoted_events(v_doc);
    end if;
    v_key := app.text_of(v_doc -> 'k', 64);
    if v_key is null then
        v_key := substring(body from '"k"\s*:\s*"([0-9a-f]{32})"');
    end if;
    -- Who changes a site's zone, key or state holds this lock alone: what is read after it stays true until the batch is
    -- stored.
    if not pg_try_advisory_xact_lock_shared(hashtextextended('site:' || v_key, 0)) then
        -- Who waits holds a connection, and those are all sites': after a moment it is 503, and the sender tries again.
        perform set_config('lock_timeout', '250ms', true);
        perform pg_advisory_xact_lock_shared(hashtextextended('site:' || v_key, 0));
        perform set_config('lock_timeout', '0', true);
    end if;
    select sites.* into v_site from app.sites where sites.public_key = v_key;
    if not found then
        -- A script tag that was not changed yet: ops.rotate_site_key.
        select sites.* into v_site from app.sites
        where sites.previous_key = v_key and sites.previous_key_until > now();
    end if;
    if v_site.id is null or v_site.deleted_at is not null then
        -- The sample is for keys that were mistyped; of an archived site nothing is kept.
        perform ops.count_refusal(null, 'unknown_site', case when v_site.id is null then body end);
        return (404, null, 'unknown_site', 0, 0, 0, null)::app.ingest_answer;
    end if;
    v_answer := ops.ingest_batch(v_site, v_doc, body);
    if v_answer.http_status in (403, 429) then
        perform ops.count_refusal(v_site.id, v_answer.status);
    end if;
    return v_answer;
end;
$$;

comment on function ops.ingest(text) is 'Size, JSON, site: what stands before a batch is looked at.';
grant execute on function ops.ingest(text) to app_definer;
