create function ops.verify_audit(site_id uuid) returns bigint
language sql
stable
set search_path = ''
as $$
    select min(entry.seq)
    from (
        select
            audit_log.seq,
            audit_log.hash is distinct from access.audit_hash(audit_log) as is_changed,
            audit_log.previous_hash is distinct from lag(audit_log.hash) over chain as is_cut,
            audit_log.seq <> row_number() over chain as is_gap
        from app.audit_log
        where audit_log.site_id = verify_audit.site_id
        window chain as (order by audit_log.seq)
    ) as entry
    where entry.is_changed or entry.is_cut or entry.is_gap;
$$;

comment on function ops.verify_audit(uuid) is
'First row of a site''s chain that was changed, cut off or is missing its predecessor; null when '
'the chain holds.';
