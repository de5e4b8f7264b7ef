create function access.write_audit(
    site_id uuid, action text, object_type text, object_id uuid, before jsonb, after jsonb
) returns void
language plpgsql
set search_path = ''
as $$
declare
    v_row app.audit_log;
begin
    perform access.lock_audit(site_id);
    select audit_log.seq + 1, audit_log.hash into v_row.seq, v_row.previous_hash
    from app.audit_log where audit_log.site_id = write_audit.site_id
    order by audit_log.seq desc limit 1;
    v_row.site_id := site_id;
    v_row.seq := coalesce(v_row.seq, 1);
    v_row.at := clock_timestamp();
    v_row.actor := coalesce('user:' || access.user_id(), 'system');
    v_row.action := action;
    v_row.object_type := object_type;
    v_row.object_id := object_id;
    v_row.before := before;
    v_row.after := after;
    v_row.request_id := access.request_id();
    v_row.reason := access.support_reason(site_id, access.user_id());
    v_row.hash := access.audit_hash(v_row);
    -- By name: what a later release adds takes its default.
    insert into app.audit_log (
        site_id, seq, at, actor, action, object_type, object_id, before, after, request_id, reason, previous_hash, hash
    )
    values (
        v_row.site_id, v_row.seq, v_row.at, v_row.actor, v_row.action, v_row.object_type, v_row.object_id, v_row.before,
        v_row.after, v_row.request_id, v_row.reason, v_row.previous_hash, v_row.hash
    );
end;
$$;

comment on function access.write_audit(uuid, text, text, uuid, jsonb, jsonb) is
'Appends to the site''s chain. Callers leave personal data out.';
grant execute on function access.write_audit(uuid, text, text, uuid, jsonb, jsonb) to app_definer;
