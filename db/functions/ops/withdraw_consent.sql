create function ops.withdraw_consent(site_id uuid, session_id uuid, visitor_id text) returns void
language plpgsql
set search_path = ''
-- Planning over all months costs more than running over one.
set plan_cache_mode = force_generic_plan
as $$
declare
    v_month date := date_trunc('month', now() at time zone 'UTC');
    v_since date := v_month - interval '1 month';
    v_visitor_id text;
    v_subjects uuid[];
begin
    -- Consent is the person's: what their browser takes back, it takes back for its earlier visits too.
    select sessions.visitor_id into v_visitor_id from app.sessions
    where sessions.site_id = withdraw_consent.site_id and sessions.id = withdraw_consent.session_id
        and sessions.created_month between v_since and v_month;
    -- The first batch of a new visit may already say no.
    v_visitor_id := coalesce(v_visitor_id, withdraw_consent.visitor_id);
    select array_agg(distinct calls.session_id) into v_subjects from app.calls
    where calls.site_id = withdraw_consent.site_id and calls.visitor_id = v_visitor_id
        and calls.marketing_consent is distinct from false;
    perform app.lock_subject(subject.id)
    from (
        select distinct one as id from unnest(array_append(v_subjects, session_id)) as one order by 1
    ) as subject;
    -- Before the rows of their sessions, as ops.store_batch does.
    perform app.lock_visitor(site_id, v_visitor_id);
    update app.sessions set marketing_consent = false, marketing_withdrawn_at = now()
    where sessions.site_id = withdraw_consent.site_id and sessions.created_month between v_since and v_month
        and sessions.id = withdraw_consent.session_id and sessions.marketing_consent is distinct from false;
    -- A statement of its own: each takes its index. An "or" may read all visits of the site.
    update app.sessions set marketing_consent = false, marketing_withdrawn_at = now()
    where sessions.site_id = withdraw_consent.site_id and sessions.created_month between v_since and v_month
        and sessions.visitor_id = v_visitor_id and sessions.marketing_consent is distinct from false;
    perform app.lock_clicks(site_id, v_subjects) where cardinality(v_subjects) > 1;
    update app.calls set marketing_consent = false
    where calls.site_id = withdraw_consent.site_id
        and calls.session_id = any (array_append(v_subjects, withdraw_consent.session_id))
        and calls.marketing_consent is distinct from false;
end;
$$;

comment on function ops.withdraw_consent(uuid, uuid, text) is
'Ends marketing consent of a session, of its visitor''s earlier ones, and of their cards: every '
'export stops at once, the time is kept.';
grant execute on function ops.withdraw_consent(uuid, uuid, text) to app_definer;
