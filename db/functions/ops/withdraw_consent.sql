create function ops.withdraw_consent(site_id uuid, session_id uuid) returns void
language plpgsql
set search_path = ''
as $$
begin
    perform app.lock_subject(session_id);
    update app.sessions set marketing_consent = false, marketing_withdrawn_at = now()
    where sessions.site_id = withdraw_consent.site_id and sessions.id = withdraw_consent.session_id
        and sessions.created_month >= (date_trunc('month', now() at time zone 'UTC') - interval '1 month')::date
        and sessions.marketing_consent is distinct from false;
    update app.calls set marketing_consent = false
    where calls.site_id = withdraw_consent.site_id and calls.session_id = withdraw_consent.session_id
        and calls.marketing_consent is distinct from false;
end;
$$;

comment on function ops.withdraw_consent(uuid, uuid) is
'Ends marketing consent of a session and of its cards: every export stops at once, the time is '
'kept.';
grant execute on function ops.withdraw_consent(uuid, uuid) to app_definer;
