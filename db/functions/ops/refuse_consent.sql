create function ops.refuse_consent(site app.sites, doc jsonb) returns void
language plpgsql
set search_path = ''
as $$
begin
    perform ops.count_refusal(site.id, 'consent_required');
    if app.is_uuid(doc ->> 's') then
        perform ops.withdraw_consent(site.id, (doc ->> 's')::uuid, null);
    end if;
end;
$$;

comment on function ops.refuse_consent(app.sites, jsonb) is
'Counts a refusal of analytics consent, and ends an earlier yes of that session.';
grant execute on function ops.refuse_consent(app.sites, jsonb) to app_definer;
