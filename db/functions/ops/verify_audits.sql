create function ops.verify_audits() returns bigint
language plpgsql
stable
set search_path = ''
as $$
declare
    v_site_id uuid;
    v_seq bigint;
    v_count bigint := 0;
begin
    for v_site_id in select sites.id from app.sites order by sites.id loop
        v_seq := ops.verify_audit(v_site_id);
        if v_seq is not null then
            raise exception using
                errcode = 'data_corrupted',
                message = format('The audit chain of site %s does not hold from entry %s on.', v_site_id, v_seq),
                hint = 'Somebody changed or removed rows. Compare with a backup.';
        end if;
        v_count := v_count + 1;
    end loop;
    return v_count;
end;
$$;

comment on function ops.verify_audits() is
'Job: checks the audit chain of every site. Fails, and so turns health to a warning, at the first '
'that was tampered with. Returns how many hold.';
