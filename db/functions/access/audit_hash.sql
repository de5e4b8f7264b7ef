create function access.audit_hash(entry app.audit_log) returns bytea
language sql
immutable
set search_path = ''
as $$
    select sha256(coalesce(entry.previous_hash, ''::bytea) || convert_to(jsonb_build_array(
        entry.site_id, entry.seq, extract(epoch from entry.at), entry.actor, entry.action, entry.object_type,
        entry.object_id, entry.before, entry.after, entry.request_id, entry.reason
    )::text, 'UTF8'));
$$;

comment on function access.audit_hash(app.audit_log) is 'sha256 over the predecessor''s hash and this row''s content.';
grant execute on function access.audit_hash(app.audit_log) to app_definer;
