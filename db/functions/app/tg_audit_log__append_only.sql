create function app.tg_audit_log__append_only() returns trigger
language plpgsql
set search_path = ''
as $$
begin
    if tg_op = 'DELETE' then
        -- The whole site goes, chain and all; its last hash is kept.
        if exists (
            select from app.site_purges
            where site_purges.site_id = old.site_id and site_purges.finished_at is null
        ) then
            return old;
        end if;
    end if;
    raise sqlstate 'PT403' using
        message = 'audit_append_only',
        detail = 'Audit rows are never changed nor removed.';
end;
$$;

comment on function app.tg_audit_log__append_only() is 'Refuses update, delete and truncate, to the owner too: but for a site that is being purged.';
