create function ops.ingest_failed(body text, code text, message text) returns app.ingest_answer
language plpgsql
set search_path = ''
as $$
declare
    v_site app.sites;
    v_doc jsonb;
begin
    select sites.* into v_site
    from (select substring(body from '"k"\s*:\s*"([0-9a-f]{32})"') as key) as said
    join app.sites on sites.public_key = said.key
        or sites.previous_key = said.key and sites.previous_key_until > now()
    where sites.deleted_at is null;
    if v_site.consent_mode = 'required' then
        -- Without a yes at most its taps, bare.
        v_doc := app.lenient_batch(app.castable(body));
        if app.consent_flag(v_doc #> '{c,a}') is not true then
            body := case when jsonb_typeof(v_doc -> 'e') = 'array' then ops.anonymous_batch(v_doc)::text end;
        end if;
    end if;
    if v_site.id is not null and body is not null
        and ops.keep_bad_row(v_site.id, 'internal_error', code || ': ' || message, body) then
        return (202, null, 'kept', 0, 0, 1, null)::app.ingest_answer;
    end if;
    perform ops.count_refusal(v_site.id, 'internal_error');
    return (503, null, 'unavailable', 0, 0, 0, 60)::app.ingest_answer;
end;
$$;

comment on function ops.ingest_failed(text, text, text) is
'An error of ours in a later step: the batch becomes a bad row (202), or stays with the sender '
'(503).';
grant execute on function ops.ingest_failed(text, text, text) to app_definer;
