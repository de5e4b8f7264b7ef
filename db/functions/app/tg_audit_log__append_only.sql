create function app.tg_audit_log__append_only() returns trigger
language plpgsql
set search_path = ''
as $$
begin
    raise sqlstate 'PT403' using
        message = 'audit_append_only',
        detail = 'Audit rows are never changed nor removed.';
end;
$$;

comment on function app.tg_audit_log__append_only() is 'Refuses update, delete and truncate, to the owner too.';
