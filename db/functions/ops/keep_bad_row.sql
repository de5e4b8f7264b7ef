create function ops.keep_bad_row(site_id uuid, reason text, detail text, payload text) returns boolean
language plpgsql
set search_path = ''
as $$
declare
    v_bytes integer := octet_length(payload);
begin
    -- The caps: 10 MB a site, 1 GB in total. The total is read without a lock: no site waits for another's bad rows.
    if v_bytes > 65536
        or v_bytes + (select coalesce(sum(bad_row_usage.bytes), 0) from ops.bad_row_usage) > 1073741824 then
        return false;
    end if;
    insert into ops.bad_row_usage as usage (site_id, bytes) values (keep_bad_row.site_id, v_bytes)
    on conflict on constraint bad_row_usage_pkey do update set bytes = usage.bytes + v_bytes
    where usage.bytes + v_bytes <= 10485760;
    if not found then
        return false;
    end if;
    insert into ops.bad_rows (site_id, reason, detail, origin, request_id, payload)
    values (keep_bad_row.site_id, reason, left(detail, 500), left(access.header('origin'), 300),
        access.request_id(), payload);
    return true;
end;
$$;

comment on function ops.keep_bad_row(uuid, text, text, text) is
'Keeps what could not be stored as a row. False past the cap: then nothing is kept and the sender '
'must keep it.';
grant execute on function ops.keep_bad_row(uuid, text, text, text) to app_definer;
